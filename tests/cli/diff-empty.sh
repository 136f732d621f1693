# Profiles of nothing: no edges, no blocks, no instructions.
cp golden.db empty.db
sqlite3 empty.db "DELETE FROM edge; DELETE FROM insn; DELETE FROM block;
    DELETE FROM discontinuity"
qemu-cflow diff empty.db empty.db 2>&1
echo "exit $?"
qemu-cflow diff -n 1 --sysroot sysroot empty.db golden.db > /dev/null 2>&1
echo "exit $?"
qemu-cflow merge -o merged.db empty.db empty.db 2>&1
echo "exit $?"
qemu-cflow check -q empty.db 2>&1
