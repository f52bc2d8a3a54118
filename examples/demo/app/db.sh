#!/bin/sh
# A stand-in for a database, one connection at a time: `SET ITEM TRACE PARENT` keeps an order.
. /app/span.sh
read -r verb item trace parent || exit 0
start=$(now)
if [ "$verb" = SET ]; then
    echo "$item" >>/tmp/orders
    span db.set "$(new_id)" "$start" 1 "$item"
    echo OK
fi
