# Programs that were not recorded are as many as in all profiles together.
sqlite3 golden.db "INSERT INTO meta VALUES('exec_unrecorded', 3),
        ('exec_note', '1 not asked for, 2 set-user-ID or set-group-ID or with capabilities')" '.save other.db'
sqlite3 other.db "UPDATE meta SET value = 4 WHERE key = 'exec_unrecorded';
    UPDATE meta SET value = '4 not asked for' WHERE key = 'exec_note'"
qemu-cflow merge -q -o both.db golden.db other.db
qemu-cflow report -i both.db --sysroot sysroot --limit 1 | grep missing
