/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/profile/schema.h"

#include <stddef.h>

const char *cflow_kind_name(enum cflow_kind kind)
{
    static const char *const names[CFLOW_N_KINDS] = {
        [CFLOW_UNKNOWN] = "unknown",
        [CFLOW_TAKEN] = "taken",
        [CFLOW_NOT_TAKEN] = "not-taken",
        [CFLOW_JUMP] = "jump",
        [CFLOW_CALL] = "call",
        [CFLOW_RETURN] = "return",
        [CFLOW_INDIRECT_JUMP] = "indirect-jump",
        [CFLOW_INDIRECT_CALL] = "indirect-call",
        [CFLOW_SYSCALL] = "syscall",
        [CFLOW_SPLIT] = "split",
        [CFLOW_EXCEPTION] = "exception",
        [CFLOW_INTERRUPT] = "interrupt",
        [CFLOW_SIGNAL] = "signal",
        [CFLOW_SIGNAL_RETURN] = "signal-return",
        [CFLOW_ENTRY] = "entry",
        [CFLOW_EXIT] = "exit",
        [CFLOW_RETRY] = "retry",
        [CFLOW_UNEXPLAINED] = "unexplained",
        [CFLOW_SYSTEM] = "system",
        [CFLOW_HOST_CALL] = "host-call",
        [CFLOW_LEAVE_REGION] = "leave-region",
        [CFLOW_ENTER_REGION] = "enter-region",
    };
    return (unsigned)kind < CFLOW_N_KINDS ? names[kind] : "unknown";
}

/*
 * Columns of a key stand before the counts: else PRAGMA quick_check of SQLite 3.40 takes
 * counts of a table WITHOUT ROWID for NULL.
 */
const char cflow_schema_sql[] =
    "CREATE TABLE meta("
    "  key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE kind("
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE privilege("
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE process("
    "  id INTEGER PRIMARY KEY, pid INTEGER, ppid INTEGER, path TEXT, command TEXT,"
    "  vcpus INTEGER, transfers INTEGER, residual INTEGER, complete INTEGER, end TEXT,"
    "  isa TEXT, memory INTEGER, beyond INTEGER);"
    "CREATE TABLE module("
    "  id INTEGER PRIMARY KEY, path TEXT NOT NULL, build_id TEXT, kind TEXT NOT NULL);"
    "CREATE TABLE mapping("
    "  process INTEGER NOT NULL REFERENCES process, module INTEGER NOT NULL REFERENCES module,"
    "  start INTEGER NOT NULL, end INTEGER NOT NULL, bias INTEGER NOT NULL);"
    "CREATE TABLE insn("
    "  module INTEGER NOT NULL REFERENCES module, offset INTEGER NOT NULL,"
    "  class TEXT NOT NULL, target INTEGER, bytes BLOB, disasm TEXT, symbol TEXT,"
    "  flags INTEGER NOT NULL, PRIMARY KEY(module, offset)) WITHOUT ROWID;"
    "CREATE TABLE block("
    "  process INTEGER NOT NULL REFERENCES process, module INTEGER NOT NULL REFERENCES module,"
    "  start INTEGER NOT NULL, last INTEGER NOT NULL, insns INTEGER NOT NULL,"
    "  privilege INTEGER NOT NULL DEFAULT 0 REFERENCES privilege,"
    "  entered INTEGER NOT NULL, completed INTEGER NOT NULL,"
    "  PRIMARY KEY(process, module, start, last, insns, privilege)) WITHOUT ROWID;"
    "CREATE TABLE edge("
    "  process INTEGER NOT NULL REFERENCES process,"
    "  src_module INTEGER NOT NULL REFERENCES module, src INTEGER NOT NULL,"
    "  dst_module INTEGER NOT NULL REFERENCES module, dst INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL REFERENCES kind,"
    "  privilege INTEGER NOT NULL DEFAULT 0 REFERENCES privilege, count INTEGER NOT NULL,"
    "  PRIMARY KEY(process, src_module, src, dst_module, dst, kind, privilege)) WITHOUT ROWID;"
    "CREATE TABLE discontinuity("
    "  process INTEGER NOT NULL REFERENCES process, vcpu INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL REFERENCES kind, cause TEXT NOT NULL,"
    "  src_module INTEGER NOT NULL REFERENCES module, src INTEGER NOT NULL,"
    "  dst_module INTEGER NOT NULL REFERENCES module, dst INTEGER NOT NULL,"
    "  mid_block INTEGER NOT NULL,"
    "  privilege INTEGER NOT NULL DEFAULT 0 REFERENCES privilege, count INTEGER NOT NULL,"
    "  returned INTEGER NOT NULL DEFAULT 0, instructions INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY(process, vcpu, kind, cause, src_module, src, dst_module, dst, mid_block,"
    "  privilege)) WITHOUT ROWID;"
    "CREATE TABLE flight("
    "  flight INTEGER NOT NULL, step INTEGER NOT NULL,"
    "  process INTEGER NOT NULL REFERENCES process, vcpu INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL REFERENCES kind, cause TEXT NOT NULL,"
    "  src_module INTEGER NOT NULL REFERENCES module, src INTEGER NOT NULL,"
    "  dst_module INTEGER NOT NULL REFERENCES module, dst INTEGER NOT NULL,"
    "  PRIMARY KEY(flight, step)) WITHOUT ROWID;"
    /* For people at the sqlite3 prompt. */
    "CREATE VIEW edges AS SELECT e.process, s.path AS src_path, printf('0x%x', e.src) AS src,"
    "  d.path AS dst_path, printf('0x%x', e.dst) AS dst, k.name AS kind, e.count"
    "  FROM edge e JOIN module s ON s.id = e.src_module JOIN module d ON d.id = e.dst_module"
    "  JOIN kind k ON k.id = e.kind ORDER BY e.count DESC;";
