# A signal that led to a fault; --faults and --sort faults add nothing to --history.
sqlite3 golden.db "
    CREATE TABLE flight(flight INTEGER, step INTEGER, process INTEGER, vcpu INTEGER, kind INTEGER,
                        cause TEXT, src_module INTEGER, src INTEGER, dst_module INTEGER, dst INTEGER,
                        PRIMARY KEY(flight, step)) WITHOUT ROWID;
    INSERT INTO flight VALUES(1, 0, 1, 0, 1, 'taken', 1, 0x1010, 1, 0x1020),
                             (1, 1, 1, 0, 4, 'call', 1, 0x1024, 1, 0x1022),
                             (1, 2, 1, 0, 12, 'SIGSEGV', 1, 0x1022, 1, 0x1100),
                             (2, 0, 1, 0, 15, 'exit', 1, 0x1024, 0, 0)"
qemu-cflow report -i golden.db --sysroot sysroot --history > history
for also in --faults '--sort faults' '--sort early'; do
    qemu-cflow report -i golden.db --sysroot sysroot $also --history | cmp - history || exit 9
done
cat history
# The flight is of process 1, whose id was 4711.
qemu-cflow report -i golden.db --sysroot sysroot --history --process 4711 | grep -c SIGSEGV
qemu-cflow report -i golden.db --sysroot sysroot --history --process 4712 | grep -c SIGSEGV
qemu-cflow report -i golden.db --sysroot sysroot --history --kind exit | grep -A3 vCPU
qemu-cflow report -i golden.db --sysroot sysroot --history --kind signal | grep vCPU
# record --last-at: for where the last step arrived, which is how it is chosen, too.
sqlite3 golden.db "INSERT INTO flight VALUES(3, 0, 1, 0, 1, 'taken', 1, 0x1010, 1, 0x1020),
                                            (3, 1, 1, 0, 4, 'call', 1, 0x1024, 1, 0x1100)"
qemu-cflow report -i golden.db --sysroot sysroot --history --kind call | grep -A5 vCPU
