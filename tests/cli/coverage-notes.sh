# What limits the numbers: a profile that is not exact, a block that was left nobody
# knows where, an instruction set without a decoder.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
sqlite3 cover.db "UPDATE meta SET value = 0 WHERE key = 'exact';
    UPDATE meta SET value = 2 WHERE key = 'exact_except';
    UPDATE meta SET value = 'a thread was killed' WHERE key = 'exact_note';
    UPDATE meta SET value = 'vax' WHERE key = 'isa';
    UPDATE block SET completed = 2 WHERE start = 0x101d"
qemu-cflow coverage -i cover.db --sysroot sysroot
qemu-cflow export -i cover.db --sysroot sysroot --format lcov 2>&1
tail -n 3 cflow.info
