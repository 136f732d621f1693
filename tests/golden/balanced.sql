-- SPDX-License-Identifier: GPL-2.0-or-later
-- A small made-up profile whose sums are right, for "check": a call, a loop that
-- two faults leave in its middle and that a signal interrupts once before a block
-- begins, their handler, and an instruction that repeats itself.
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
INSERT INTO kind VALUES(0,'unknown');
INSERT INTO kind VALUES(1,'taken');
INSERT INTO kind VALUES(2,'not-taken');
INSERT INTO kind VALUES(3,'jump');
INSERT INTO kind VALUES(4,'call');
INSERT INTO kind VALUES(5,'return');
INSERT INTO kind VALUES(6,'indirect-jump');
INSERT INTO kind VALUES(7,'indirect-call');
INSERT INTO kind VALUES(8,'syscall');
INSERT INTO kind VALUES(9,'split');
INSERT INTO kind VALUES(10,'exception');
INSERT INTO kind VALUES(11,'interrupt');
INSERT INTO kind VALUES(12,'signal');
INSERT INTO kind VALUES(13,'signal-return');
INSERT INTO kind VALUES(14,'entry');
INSERT INTO kind VALUES(15,'exit');
INSERT INTO kind VALUES(16,'retry');
INSERT INTO kind VALUES(17,'unexplained');
INSERT INTO kind VALUES(18,'system');
INSERT INTO kind VALUES(19,'host-call');

INSERT INTO meta VALUES
  ('isa', 'x86_64'), ('mode', 'user'), ('engine', 'edge'), ('complete', 1), ('exact', 1),
  ('exact_except', 0), ('exact_note', ''), ('transfers', 17), ('residual', 0),
  ('unexplained', 0), ('blocks_run', 20), ('command', '["demo"]');
INSERT INTO module VALUES
  (0, '[outside]', NULL, 'outside'),
  (1, '/opt/demo/bin/demo', '00112233445566778899aabbccddeeff00112233', 'elf');
INSERT INTO process(id, pid, ppid, path, command, vcpus, transfers, residual, complete, end) VALUES(1, 4711, 4710, '/opt/demo/bin/demo', '["demo"]', 1, 17, 0, 1, 'exit');
INSERT INTO mapping VALUES (1, 1, 0x401000, 0x403000, 0x400000);
INSERT INTO insn VALUES
  (1, 0x1010, 'plain', NULL, x'90', NULL, NULL, 8),
  (1, 0x1014, 'call', 0x1020, x'e807000000', 'call 0x1020', NULL, 1),
  (1, 0x1020, 'plain', NULL, x'90', NULL, NULL, 8),
  (1, 0x1024, 'plain', NULL, x'8b03', 'mov eax, dword ptr [rbx]', NULL, 2),
  (1, 0x1028, 'conditional', 0x1020, x'75f6', 'jne 0x1020', NULL, 1),
  (1, 0x102a, 'repeat', NULL, x'f3a4', 'rep movsb byte ptr [rdi], byte ptr [rsi]', NULL, 9),
  (1, 0x102c, 'plain', NULL, x'90', NULL, NULL, 8),
  (1, 0x1030, 'syscall', NULL, x'0f05', 'syscall', NULL, 1),
  (1, 0x1110, 'plain', NULL, x'90', NULL, NULL, 8),
  (1, 0x1114, 'syscall', NULL, x'0f05', 'syscall', NULL, 1);
INSERT INTO block(process,module,start,last,insns,entered,completed) VALUES
  (1, 1, 0x1010, 0x1014, 2, 1, 1),
  (1, 1, 0x1020, 0x1028, 3, 10, 8),
  (1, 1, 0x102a, 0x102a, 1, 5, 5),
  (1, 1, 0x102c, 0x1030, 2, 1, 1),
  (1, 1, 0x1110, 0x1114, 2, 3, 3);
INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES
  (1, 0, 0, 1, 0x1010, 14, 1),
  (1, 1, 0x1014, 1, 0x1020, 4, 1),
  (1, 1, 0x1028, 1, 0x1020, 1, 7),
  (1, 1, 0x1028, 1, 0x102a, 2, 1),
  (1, 1, 0x1024, 1, 0x1110, 12, 2),
  (1, 1, 0x1020, 1, 0x1110, 12, 1),
  (1, 1, 0x1114, 1, 0x1020, 13, 3),
  (1, 1, 0x102a, 1, 0x102a, 9, 4),
  (1, 1, 0x102a, 1, 0x102c, 9, 1),
  (1, 1, 0x1030, 0, 0, 15, 1);
INSERT INTO discontinuity(process,vcpu,kind,cause,src_module,src,dst_module,dst,mid_block,count) VALUES
  (1, 0, 12, 'SIGSEGV', 1, 0x1024, 1, 0x1110, 1, 2),
  (1, 0, 12, 'SIGALRM', 1, 0x1020, 1, 0x1110, 0, 1);
COMMIT;
