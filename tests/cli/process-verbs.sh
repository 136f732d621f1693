# One process of two, whatever the verb; then the other, which ran nothing of this.
sqlite3 graph.db "INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, end)
    SELECT 2, 77, pid, '/opt/other', command, 1, 1, 0, 1, end
    FROM process WHERE id = 1;
  INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) SELECT 2, src_module, src, dst_module, dst, kind, 1000 FROM edge
    WHERE process = 1 AND kind = 3 LIMIT 1"
for process in 77 '*'; do
    for verb in 'callgraph -n 2' 'export -f csv -o -' 'report --by function --limit 2'; do
        echo "--- $verb --process $process"
        qemu-cflow $verb -i graph.db --sysroot sysroot --process "$process"  2>&1 | head -n 14
    done
done
qemu-cflow loops -i graph.db --sysroot sysroot --process 77
