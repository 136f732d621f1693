# CSV: RFC 4180 wants CR LF.
qemu-cflow report -i golden.db --sysroot sysroot --limit 4 --format csv | sed 's/\r$/<CR>/'
