# JSON: valid, streamed, a row per line.
qemu-cflow export -i golden.db --sysroot sysroot -f json 2>&1 > out
python3 -m json.tool out > /dev/null && cat out
