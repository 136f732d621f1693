# What is no UTF-8, in a warning as well, does not make the JSON something else.
sqlite3 golden.db "UPDATE module SET build_id = CAST(x'f93b' AS TEXT) WHERE id = 1"
qemu-cflow report -i golden.db --sysroot sysroot -n 1 -f json > report.json
iconv -f UTF-8 -t UTF-8 report.json > /dev/null && grep -ao 'recorded file had.*' report.json
