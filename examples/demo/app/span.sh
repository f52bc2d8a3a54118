# What both programs of the demonstration need to tell of themselves; sourced by them.

# Nanoseconds since 1970, in steps of ten milliseconds.
now() {
    up=$(cut -d ' ' -f 1 /proc/uptime)
    boot=$(sed -n 's/^btime //p' /proc/stat)
    echo $(((boot * 100 + ${up%.*} * 100 + 1${up#*.} - 100) * 10000000))
}

new_id() { head -c 8 /dev/urandom | hexdump -v -e '1/1 "%02x"'; }

# span NAME ID START STATUS ITEM: sends a span over HTTP, as a child of $parent in $trace.
# STATUS: 1 is OK, 2 is an error.
span() {
    resource='{"attributes":[{"key":"service.name","value":{"stringValue":"'$OTEL_SERVICE_NAME'"}}]}'
    attributes='[{"key":"item","value":{"stringValue":"'$5'"}}]'
    span='{"name":"'$1'","kind":2,"traceId":"'$trace'","spanId":"'$2'","parentSpanId":"'$parent'"'
    span=$span',"startTimeUnixNano":"'$3'","endTimeUnixNano":"'$(now)'"'
    span=$span',"status":{"code":'$4'},"attributes":'$attributes'}'
    wget -q -O /dev/null --header 'Content-Type: application/json' \
        --post-data '{"resourceSpans":[{"resource":'"$resource"',"scopeSpans":[{"spans":['"$span"']}]}]}' \
        "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces"
}
