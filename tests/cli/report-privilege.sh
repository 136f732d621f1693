# A whole machine: marks as perf's, a choice, and sums by privilege.
sqlite3 golden.db "
    UPDATE meta SET value = 'system' WHERE key = 'mode';
    ALTER TABLE block ADD COLUMN privilege INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE edge ADD COLUMN privilege INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE discontinuity ADD COLUMN privilege INTEGER NOT NULL DEFAULT 1;
    UPDATE edge SET privilege = 2 WHERE src_module = 2;
    UPDATE block SET privilege = 2 WHERE module = 2"
qemu-cflow report -i golden.db --limit 4 | tail -n +7
qemu-cflow report -i golden.db --limit 2 --privilege kernel | tail -n +7
qemu-cflow report -i golden.db --by privilege | tail -n +7
qemu-cflow report -i golden.db --by privilege --format csv 2>/dev/null
qemu-cflow report -i golden.db --privilege root 2>&1
qemu-cflow report -i golden.db --privilege user --by process 2>&1
