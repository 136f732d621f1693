# The same as JSON.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --by function -n 2 --format json | tee out
python3 -m json.tool out > /dev/null
