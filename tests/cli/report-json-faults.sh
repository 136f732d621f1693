# Faults as JSON.
qemu-cflow report -i golden.db --sysroot sysroot --sort faults --limit 3 --format json | tee out
python3 -m json.tool out > /dev/null
