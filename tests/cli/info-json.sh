# The same as JSON.
qemu-cflow info -i golden.db --format json | tee out
python3 -m json.tool out > /dev/null
