# Without -i, cflow.db is read.
mv golden.db cflow.db
qemu-cflow report --limit 1 --sysroot sysroot
