# Several runs in one profile: counts are added up.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
sqlite3 cover.db "INSERT INTO process SELECT 2, 101, ppid, path, command, vcpus, transfers, residual,
        complete, end FROM process;
    INSERT INTO block(process,module,start,last,insns,entered,completed) SELECT 2, module, start, last, insns, entered, completed FROM block;
    INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) SELECT 2, src_module, src, dst_module, dst, kind, count FROM edge"
qemu-cflow coverage -i cover.db --sysroot sysroot --lines cover.c --branches
