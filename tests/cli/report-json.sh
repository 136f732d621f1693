# JSON: valid, integers are integers.
qemu-cflow report -i golden.db --sysroot sysroot --limit 2 --format json | tee out
python3 -m json.tool out > /dev/null
