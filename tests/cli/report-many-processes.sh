# More than two processes.
sqlite3 golden.db 'INSERT INTO process SELECT 3, pid, ppid, path, command, vcpus, 0, 0, 1, "end" FROM process WHERE id = 2'
qemu-cflow report -i golden.db -n 1 | head -1
