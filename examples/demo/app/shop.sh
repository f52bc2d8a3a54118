#!/bin/sh
# A shop, one request at a time: `GET /order/ITEM` orders it. With FORGETFUL it says that it did.
. /app/span.sh
read -r method path version || exit 0
trace=$(new_id)$(new_id) parent=
while read -r header; do
    header=$(printf %s "$header" | tr -d '\r')
    case $header in
    '') break ;;
    [Tt]raceparent:*)
        trace=$(echo "$header" | cut -d - -f 2)
        parent=$(echo "$header" | cut -d - -f 3)
        ;;
    esac
done
item=${path#/order/}
id=$(new_id) start=$(now)
if [ "$item" = unicorn ]; then
    status=2 line="409 Conflict" answer="there is no $item"
elif [ -n "$FORGETFUL" ] || [ "$(echo "SET $item $trace $id" | nc db 7000)" = OK ]; then
    status=1 line="200 OK" answer="ordered $item"
else
    status=2 line="503 Service Unavailable" answer="the database does not answer"
fi
span order "$id" "$start" "$status" "$item"
printf 'HTTP/1.0 %s\r\nContent-Type: text/plain\r\n\r\n%s\n' "$line" "$answer"
