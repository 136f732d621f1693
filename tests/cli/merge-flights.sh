# The history of one recording is of no use in a sum; that it is gone is said.
sqlite3 golden.db "
    CREATE TABLE flight(flight INTEGER, step INTEGER, process INTEGER, vcpu INTEGER, kind INTEGER,
                        cause TEXT, src_module INTEGER, src INTEGER, dst_module INTEGER, dst INTEGER,
                        PRIMARY KEY(flight, step)) WITHOUT ROWID;
    INSERT INTO flight VALUES(1, 0, 1, 0, 12, 'SIGSEGV', 1, 0x1022, 1, 0x1100)"
qemu-cflow merge -o both.db golden.db 2>&1
qemu-cflow report -i both.db --history 2>&1
