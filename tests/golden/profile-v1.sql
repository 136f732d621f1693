-- SPDX-License-Identifier: GPL-2.0-or-later
-- A small made-up profile of schema 1 with every kind of edge.  make-golden.sh
-- turns it into profile-v1.db.  Both stay as they are: later versions must read
-- them.  tests/unit/test-profile.c compares the statements with schema.c.
PRAGMA application_id = 0x43464c57;
PRAGMA user_version = 1;
BEGIN;
CREATE TABLE meta(  key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE kind(  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE process(  id INTEGER PRIMARY KEY, pid INTEGER, ppid INTEGER, path TEXT, command TEXT,  vcpus INTEGER, transfers INTEGER, residual INTEGER, complete INTEGER, end TEXT);
CREATE TABLE module(  id INTEGER PRIMARY KEY, path TEXT NOT NULL, build_id TEXT, kind TEXT NOT NULL);
CREATE TABLE mapping(  process INTEGER NOT NULL REFERENCES process, module INTEGER NOT NULL REFERENCES module,  start INTEGER NOT NULL, end INTEGER NOT NULL, bias INTEGER NOT NULL);
CREATE TABLE insn(  module INTEGER NOT NULL REFERENCES module, offset INTEGER NOT NULL,  class TEXT NOT NULL, target INTEGER, bytes BLOB, disasm TEXT, symbol TEXT,  flags INTEGER NOT NULL, PRIMARY KEY(module, offset)) WITHOUT ROWID;
CREATE TABLE block(  process INTEGER NOT NULL REFERENCES process, module INTEGER NOT NULL REFERENCES module,  start INTEGER NOT NULL, last INTEGER NOT NULL, insns INTEGER NOT NULL,  entered INTEGER NOT NULL, completed INTEGER NOT NULL,  PRIMARY KEY(process, module, start, last, insns)) WITHOUT ROWID;
CREATE TABLE edge(  process INTEGER NOT NULL REFERENCES process,  src_module INTEGER NOT NULL REFERENCES module, src INTEGER NOT NULL,  dst_module INTEGER NOT NULL REFERENCES module, dst INTEGER NOT NULL,  kind INTEGER NOT NULL REFERENCES kind, count INTEGER NOT NULL,  PRIMARY KEY(process, src_module, src, dst_module, dst, kind)) WITHOUT ROWID;
CREATE TABLE discontinuity(  process INTEGER NOT NULL REFERENCES process, vcpu INTEGER NOT NULL,  kind INTEGER NOT NULL REFERENCES kind, cause TEXT NOT NULL,  src_module INTEGER NOT NULL REFERENCES module, src INTEGER NOT NULL,  dst_module INTEGER NOT NULL REFERENCES module, dst INTEGER NOT NULL,  mid_block INTEGER NOT NULL, count INTEGER NOT NULL,  PRIMARY KEY(process, vcpu, kind, cause, src_module, src, dst_module, dst, mid_block))  WITHOUT ROWID;
CREATE VIEW edges AS SELECT e.process, s.path AS src_path, printf('0x%x', e.src) AS src,  d.path AS dst_path, printf('0x%x', e.dst) AS dst, k.name AS kind, e.count  FROM edge e JOIN module s ON s.id = e.src_module JOIN module d ON d.id = e.dst_module  JOIN kind k ON k.id = e.kind ORDER BY e.count DESC;

INSERT INTO kind(id, name) VALUES
  (0, 'unknown'),
  (1, 'taken'),
  (2, 'not-taken'),
  (3, 'jump'),
  (4, 'call'),
  (5, 'return'),
  (6, 'indirect-jump'),
  (7, 'indirect-call'),
  (8, 'syscall'),
  (9, 'split'),
  (10, 'exception'),
  (11, 'interrupt'),
  (12, 'signal'),
  (13, 'signal-return'),
  (14, 'entry'),
  (15, 'exit'),
  (16, 'retry'),
  (17, 'unexplained'),
  (18, 'system'),
  (19, 'host-call');

INSERT INTO meta(key, value) VALUES
  ('tool_version', '0.1.0'),
  ('qemu', '/usr/bin/qemu-x86_64'),
  ('qemu_version', '10.2.2'),
  ('plugin_api', 5),
  ('isa', 'x86_64'),
  ('mode', 'user'),
  ('engine', 'edge'),
  ('engine_reason', 'asked for'),
  ('command', '["/opt/demo/bin/demo","--size","two words"]'),
  ('started', '2024-11-05T12:00:00Z'),
  ('duration_ms', 1234),
  ('host', 'example'),
  ('complete', 1),
  ('exit_status', 'exit 0'),
  ('residual', 0),
  ('unexplained', 1),
  ('exact', 0),
  ('exact_note', 'a thread was killed while it ran');

INSERT INTO module(id, path, build_id, kind) VALUES
  (0, '[outside]', NULL, 'outside'),
  (1, '/opt/demo/bin/demo', '00112233445566778899aabbccddeeff00112233', 'elf'),
  (2, '/opt/demo/lib/libwork.so.1', 'ffeeddccbbaa99887766554433221100ffeeddcc', 'elf'),
  (3, '[vdso]', NULL, 'vdso'),
  (4, '[anon:1]', NULL, 'anon');

INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, "end") VALUES
  (1, 4711, 4710, '/opt/demo/bin/demo', '["/opt/demo/bin/demo","--size","two words"]', 2, 6955, 0, 1, 'exit'),
  (2, 4712, 4711, '/opt/demo/bin/demo', '["/opt/demo/bin/demo","--size","two words"]', 1, 20, 0, 1, 'signal');

INSERT INTO mapping(process, module, start, end, bias) VALUES
  (1, 1, 0x555555555000, 0x555555557000, 0x555555554000),
  (1, 2, 0x7ffff7f01000, 0x7ffff7f03000, 0x7ffff7eff000),
  (2, 1, 0x555555555000, 0x555555557000, 0x555555554000),
  (2, 2, 0x7ffff7f01000, 0x7ffff7f03000, 0x7ffff7eff000);

INSERT INTO insn(module, offset, class, target, bytes, disasm, symbol, flags) VALUES
  (1, 0x1000, 'plain', NULL, x'55', 'push rbp', NULL, 8),
  (1, 0x1010, 'plain', NULL, x'4801c8', 'add rax, rcx', NULL, 8),
  (1, 0x1020, 'conditional', 0x1010, x'75ee', 'jne 0x555555555010', NULL, 1),
  (1, 0x1022, 'plain', NULL, x'8b03', 'mov eax, dword ptr [rbx]', NULL, 10),
  (1, 0x1030, 'conditional', 0x10e0, x'0f84aa000000', 'je 0x5555555550e0', NULL, 1),
  (1, 0x1040, 'conditional', 0x1048, x'7206', 'jb 0x555555555048', NULL, 1),
  (1, 0x1050, 'jump', 0x1010, x'ebbe', 'jmp 0x555555555010', NULL, 1),
  (1, 0x1060, 'indirect-call', NULL, x'ffd0', 'call rax', NULL, 1),
  (1, 0x1068, 'call', NULL, x'e893000000', 'call 0x7ffff7f01000', NULL, 1),
  (1, 0x1070, 'syscall', NULL, x'0f05', 'syscall', NULL, 1),
  (1, 0x1080, 'plain', NULL, x'90', 'nop', NULL, 1),
  (1, 0x1090, 'trap', NULL, x'0f0b', 'ud2', NULL, 3),
  (1, 0x10a0, 'plain', NULL, x'f0ff03', 'lock inc dword ptr [rbx]', NULL, 2),
  (1, 0x10c0, 'system', NULL, x'48cf', 'iretq', NULL, 1),
  (1, 0x1150, 'indirect-jump', NULL, x'ff24c5', 'jmp qword ptr [rax*8 + 0x4000]', NULL, 1),
  (1, 0x1170, 'conditional', 0x1140, x'78ce', NULL, NULL, 5),
  (1, 0x1210, 'call', 0x1000, x'e8ebfdffff', 'call	0x555555555000', NULL, 1),
  (2, 0x2030, 'return', NULL, x'c3', 'ret', NULL, 1),
  (2, 0x2210, 'return', NULL, x'c3', 'ret', NULL, 1),
  (2, 0x2220, 'return', NULL, x'c3', 'ret', NULL, 1),
  (3, 0x520, 'return', NULL, x'c3', 'ret', '__vdso_gettimeofday', 1),
  (4, 0x10, 'unknown', NULL, x'0000', NULL, NULL, 1);

INSERT INTO block(process, module, start, last, insns, entered, completed) VALUES
  (1, 1, 0x1000, 0x1020, 8, 1, 1),
  (1, 1, 0x1010, 0x1020, 5, 999, 999),
  (1, 1, 0x1022, 0x1030, 4, 1001, 1000),
  (1, 2, 0x2000, 0x2030, 9, 500, 500),
  (2, 1, 0x1010, 0x1020, 5, 10, 10);

INSERT INTO edge(process, src_module, src, dst_module, dst, kind, count) VALUES
  (1, 0, 0x0, 1, 0x1200, 14, 1),
  (1, 0, 0x0, 1, 0x1140, 14, 1),
  (1, 1, 0x1210, 1, 0x1000, 4, 1),
  (1, 1, 0x1020, 1, 0x1010, 1, 999),
  (1, 1, 0x1020, 1, 0x1022, 2, 1),
  (1, 1, 0x1030, 1, 0x1032, 2, 1000),
  (1, 1, 0x1040, 1, 0x1048, 1, 2999),
  (1, 1, 0x1040, 1, 0x1042, 2, 1),
  (1, 1, 0x1050, 1, 0x1010, 3, 250),
  (1, 1, 0x1060, 2, 0x2000, 7, 400),
  (1, 1, 0x1060, 2, 0x2200, 7, 40),
  (1, 1, 0x1068, 2, 0x2000, 4, 100),
  (1, 2, 0x2030, 1, 0x1062, 5, 400),
  (1, 2, 0x2030, 1, 0x106d, 5, 100),
  (1, 2, 0x2210, 1, 0x1062, 5, 30),
  (1, 2, 0x2210, 2, 0x2214, 2, 10),
  (1, 2, 0x2220, 1, 0x1062, 5, 10),
  (1, 1, 0x1150, 1, 0x1160, 6, 70),
  (1, 1, 0x1150, 1, 0x1168, 6, 60),
  (1, 1, 0x1150, 1, 0x1170, 6, 50),
  (1, 1, 0x1150, 1, 0x1178, 6, 40),
  (1, 1, 0x1150, 1, 0x1180, 6, 30),
  (1, 1, 0x1150, 1, 0x1188, 6, 20),
  (1, 1, 0x1150, 1, 0x1190, 6, 10),
  (1, 1, 0x1170, 1, 0x1140, 1, 140),
  (1, 1, 0x1170, 1, 0x1172, 2, 140),
  (1, 1, 0x1070, 1, 0x1072, 8, 12),
  (1, 1, 0x1080, 1, 0x1081, 9, 400),
  (1, 1, 0x1090, 1, 0x1100, 10, 3),
  (1, 1, 0x1098, 1, 0x1100, 11, 2),
  (1, 1, 0x1022, 1, 0x1100, 12, 5),
  (1, 1, 0x1110, 1, 0x1022, 13, 5),
  (1, 1, 0x10a0, 1, 0x10a0, 16, 4),
  (1, 1, 0x10b0, 2, 0x2000, 17, 1),
  (1, 1, 0x10c0, 1, 0x1000, 18, 2),
  (1, 1, 0x10c8, 1, 0x10ca, 19, 1),
  (1, 4, 0x10, 4, 0x40, 0, 7),
  (1, 2, 0x2040, 3, 0x500, 4, 6),
  (1, 3, 0x520, 2, 0x2045, 5, 6),
  (1, 1, 0x10d0, 0, 0x0, 15, 1),
  (1, 1, 0x11f0, 0, 0x0, 15, 1),
  (2, 0, 0x0, 1, 0x1072, 14, 1),
  (2, 1, 0x1020, 1, 0x1010, 1, 10),
  (2, 1, 0x1020, 1, 0x1022, 2, 1),
  (2, 1, 0x1022, 1, 0x1100, 12, 1),
  (2, 1, 0x1060, 2, 0x2000, 7, 3),
  (2, 2, 0x2030, 1, 0x1062, 5, 3),
  (2, 1, 0x10d0, 0, 0x0, 15, 1);

INSERT INTO discontinuity(process, vcpu, kind, cause, src_module, src, dst_module, dst, mid_block, count) VALUES
  (1, 0, 12, 'SIGALRM', 1, 0x1022, 1, 0x1100, 0, 3),
  (1, 1, 12, 'SIGALRM', 1, 0x1022, 1, 0x1100, 0, 1),
  (1, 0, 12, 'SIGSEGV', 1, 0x1022, 1, 0x1100, 1, 1),
  (1, 0, 10, 'exception 6', 1, 0x1090, 1, 0x1100, 1, 3),
  (2, 0, 12, 'SIGALRM', 1, 0x1022, 1, 0x1100, 0, 1);
COMMIT;
