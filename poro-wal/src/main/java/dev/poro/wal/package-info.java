/**
 * The write-ahead log: the source of truth of a store. This page specifies its format, version 2, and how version 1
 * and the logs of replicas, version 3, differ.
 *
 * <h2>Files</h2>
 *
 * <p>A log is a directory. A new log made from another one is called {@code NAME.unfinished} until it is complete and
 * forced, and is not opened under that name. A backup is a log with the same identity as the original; once a store
 * writes to it, it is a branch of that ({@link dev.poro.wal.Branch}), as a restored log is from the beginning.
 *
 * <pre>
 *   0000000001.wal, 0000000002.wal, ...    segments, numbered without a gap: from 1, unless the
 *                                          first ones were deleted
 *   0000000002.wal.tmp                     an unfinished segment; left by a crash, deleted by the next opening
 *   0000000001.wal.4096.quarantine         what opening cut off at offset 4096, kept for inspection
 *   0000000002.wal.quarantine              an entire segment that was cut off
 *   0000000000000000042.snapshot           the state after the event of sequence 42; the newest two are kept,
 *                                          and more if the log keeps history
 *   snapshot.tmp                           an unfinished snapshot; left by a crash, deleted by the next opening
 *   0000000000000000042.snapshot.quarantine   a snapshot that opening found damaged
 *   0000000001.changes, ...                the change log, if the store keeps one
 *   0000000001.changes.tmp                 an unfinished one of its files; deleted by the next opening
 *   STORE                                  the settings of the store, and how far the log was forced
 *   STORE.tmp                              an unfinished STORE; left by a crash, deleted by the next opening
 *   spill-1.tmp                            room for entries that a reader takes slowly; loses its name as soon as it is
 *                                          made; left by a crash in between, deleted by the next opening
 *   LOCK, .LOCK                            locked while the log is open; hold the pid
 * </pre>
 *
 * <p>Numbers in names have the digits from 0 to 9 and the widths above. An early Poro wrote them in the digits of the
 * host's locale: such names are read as the same numbers, and opening the log renames the files. Two files with the
 * same number are refused, and so is a number that no segment or snapshot can have ({@link
 * dev.poro.wal.CanonicalNames}). All other files are left alone.
 *
 * <p>Files are made with mode 0600, directories with 0700. LOCK is a regular file that holds a pid or nothing.
 *
 * <p>A segment ({@link dev.poro.wal.SegmentDescriptor}) has a fixed length: 64 MiB unless configured otherwise, and for
 * the first one 4 MiB, or what the longest record needs. It is filled with zeros before it is used, so that a full disk
 * is an error of that preparation and never of a store into a mapping. It holds a header of 128 bytes, then frames up
 * to the first zero length.
 *
 * <pre>
 *   0          64        128                                                      segment length
 *   +----------+---------+---------+---------+---------+--------------------------+
 *   | identity |  start  |  frame  |  frame  |  frame  |  zeros ...               |
 *   +----------+---------+---------+---------+---------+--------------------------+
 *     magic, version,                   |
 *     log id, salt                      |
 *                         +-------------+------------------------------------------+
 *                         | header 40 | record | record | ... | zeros to a multiple of 8 |
 *                         +--------------------------------------------------------+
 *                           length, count, first sequence, timestamp,
 *                           durable sequence, body CRC, header CRC,
 *                           and perhaps a wall clock
 * </pre>
 *
 * <p>A frame ({@link dev.poro.wal.FrameDescriptor}) is a batch: its records ({@link dev.poro.events.RecordDescriptor})
 * are valid together or not at all. Each is an event and has a sequence. A mark is no event: it states what the state
 * is between two events, or that the log was closed cleanly there. It is a frame by itself, whose count is 0 and whose
 * first sequence is that of the next event. So two segments can begin with the same sequence: the first of them holds
 * marks only, or nothing.
 *
 * <p>All integers are little-endian. Checksums are CRC-32C. All but that of the identity
 * are salted with the segment's random salt ({@link dev.poro.wal.Checksum}), so that a frame of another segment fails
 * them.
 *
 * <p>A snapshot ({@link dev.poro.wal.SnapshotDescriptor}) covers all events up to its sequence. It consists of a header
 * that describes the state, the entries and then the clients in checksummed blocks, and a footer. Opening loads the
 * newest intact snapshot and reads the log from the next event on. Segments that a snapshot covers may have been
 * deleted, oldest first. A log that does not begin with segment 1 can be read only from an intact snapshot that it
 * reaches back to ({@link dev.poro.wal.SnapshotLoader}).
 *
 * <p>The change log holds what the events did: one change for each key that an event changed. Its files are like
 * segments, with a magic of their own, numbers of their own, and changes in place of records ({@link
 * dev.poro.wal.ChangeDescriptor}). It is derived from the log, which does not depend on it: whoever deletes its files
 * loses the answers to questions about the past, and no data.
 *
 * <p>STORE ({@link dev.poro.wal.StoreFile}) holds a lower bound of what was forced, as of the last clean close or,
 * after a crash, of the next opening: a sequence, and a place in a segment, because marks have no sequence. A log that
 * ends before that is refused. Logs of earlier versions of Poro have no
 * such file, nor has a new log with default settings.
 *
 * <p>A file of a later version has the same magic, and its version and the checksum of its header are in the same
 * places. It is refused by name and left alone. A length or a count that exceeds the file is never trusted.
 *
 * <h2>Version 1</h2>
 *
 * <p>Each segment and each snapshot says which version it is of. Version 1 differs from version 2 in this:
 *
 * <ul>
 *   <li>Records have no flags, and the types 1 to 5 only. Such a record is the same in version 2.
 *   <li>Marks are events: they are in frames with others and have sequences.
 *   <li>The record count of a frame is at least 1 and has no flags.
 *   <li>The entries of a snapshot have no flags.
 *   <li>STORE has no place in the segment, but 0.
 * </ul>
 *
 * <p>To read a log of version 1 changes nothing. Once it is opened for appending, it goes on in a new segment of
 * version 2; the segments that it has stay as they are. Before that, segments of version 1 that were prepared and not
 * used are deleted, and the directory is forced, so that none can come back under the number of the new one. So a log
 * holds segments of version 1, and then segments of version 2; the other way round is damage. A restored log has the
 * same versions as the original, because the marks of version 1 have sequences.
 *
 * <h2>Replicas</h2>
 *
 * <p>The events of a replica come in messages of the log of a cluster. Its segments are of version 3: their frames say
 * where in the cluster's log they are ({@link dev.poro.wal.FrameDescriptor}, {@link dev.poro.wal.ClusterPosition}).
 * Otherwise they are of version 2. An earlier Poro refuses them by name.
 *
 * <ul>
 *   <li>All records of a message are in one frame, and with them whole messages of the same time. The frame has that
 *       time, and the position of its last message. Messages without records leave no trace.
 *   <li>Positions grow from frame to frame, terms never go back, and the incarnation of the cluster stays the same.
 *       Marks are of this replica alone: they repeat the position and the time of the frame before.
 *   <li>Time is that of the cluster ({@link dev.poro.wal.ReplicaClock}); the wall clock of the machine is not written.
 *   <li>The log of a replica is refused as that of a store of its own. A log of version 2 becomes that of a replica
 *       only if that is asked for; it goes on in a new segment of version 3. A restored or salvaged log is of version 2
 *       again.
 *   <li>The last frame says where the log ends. If opening reads none, because a snapshot covers all, the last one of
 *       the segments before does.
 * </ul>
 *
 * <h2>Tokens</h2>
 *
 * <p>A record may carry a token: a client, and the number of the change among those of the client. What is the state of
 * a client is specified by the state machine, which has the outcome of its last change. The flag of a token belongs to
 * version 2 of the records; a Poro of before tokens reads no such record, and says so. A snapshot of a state with
 * clients is of version 3, and is refused by name by a Poro that does not know it; one without clients stays of version
 * 2. No segment is of version 3.
 *
 * <h2>Rules</h2>
 *
 * <ul>
 *   <li>The sequences of events are contiguous, within a frame, from frame to frame and from segment to segment; the
 *       first is 1. Marks take none.
 *   <li>Timestamps are log time ({@link dev.poro.wal.LogClock}) and never go backwards. A frame is stamped when it
 *       begins. By then all events of its batch were published: an event that was published after a reading of log
 *       time has that time, or a later one. Where the wall clock was more than a second off, the frame has both.
 *   <li>The wall clock may go back. A time of it means the last frame up to which it had shown no later one. So that
 *       this is one point whatever the log begins with, a snapshot states the latest wall clock up to its sequence.
 *   <li>A frame's durable sequence is less than its first sequence, and proves that the events up to it were forced. A
 *       flag proves that all frames before it were, marks included. A frame proves nothing about itself.
 *   <li>A frame of events holds no mark, and a frame that counts no event holds exactly one.
 *   <li>The version of the format never goes back from one segment to the next. A log of version 3 stays so.
 *   <li>A mark of type CLEAN_CLOSE is written after everything before it was forced, and is itself forced.
 *   <li>Segments after the last one in use are prepared ahead: an identity, and then zeros.
 *   <li>A snapshot gets its name only once it is complete and forced, and the log is forced up to its sequence. So even
 *       the name of a damaged snapshot proves how far the log was forced.
 *   <li>STORE is written after the log was forced up to the sequence in it, and renamed into place after it was forced
 *       itself. It has the identity of the log. So it may be older than the log, and is never ahead of it.
 *   <li>Changes are written after their events were applied, and are not forced then. What a crash takes, replay makes
 *       again, the same. So that replay may begin behind a snapshot, all changes up to its sequence are forced before
 *       it gets its name, and it states the last of them. A frame of changes says which change came before it: none can
 *       be missing unnoticed.
 *   <li>Opening cuts the change log back to the snapshot that it loads, unless it refuses the log. If the last change
 *       up to there is missing, all of its files are set aside, and it begins anew.
 *   <li>STORE may state where the change log ended when the log was forced up to the sequence in it. Where it still
 *       ends there, no change up to that sequence is missing.
 *   <li>The branch of a backup that is opened for appending is durable in STORE before its first event is written.
 *   <li>A change file is deleted only if a snapshot is kept that is not older than any of its changes, and not newer
 *       than the first that stays.
 *   <li>A segment is deleted only if the next one begins at or before the first event that the older of the newest two
 *       snapshots does not cover. Both snapshots and their names are forced before. The oldest segment is deleted
 *       first, and each deletion is durable before the next.
 *   <li>Bytes after the last frame that are not zero were never forced, or are damage: {@link
 *       dev.poro.wal.RecoveryDecision}.
 * </ul>
 *
 * <h2>Who does what</h2>
 *
 * <pre>
 *   JournalingHandler    a batch of the ring           journaling thread
 *     LogWriter          frames, timestamps, rolling   journaling thread
 *     LogClock           log time                      any
 *     ReplicaClock       log time of a replica         any
 *       SegmentWriter    bytes of one segment          journaling thread
 *     SegmentPreparer    the next segment, ahead       poro-prepare
 *     Flusher            forcing in the background     poro-flush (not under ALWAYS)
 *     SnapshotWriter     when, and what becomes of it  poro-snapshot
 *       SnapshotInProgress  entries into SnapshotBlocks   the thread that applies events
 *                        blocks into the file          poro-snapshot; that thread if it finds no room
 *     LogTrimmer         deletes what is not needed    poro-snapshot
 *   ChangeLog            opening, forcing, releasing   the thread that opens; poro-snapshot
 *     ChangeWriter       changes into frames           the thread that applies events
 *     ChangeReader       changes in order              the thread that reads
 *     ChangeSearch       changes of a key, newest      the thread that asks
 *       ChangeIndex      first
 *   ReadOnlyChanges      the same, of a log that is    the thread that reads without owning
 *                        not open here
 *   SnapshotLoader       the newest intact snapshot    the thread that opens or repairs
 *     SnapshotReader     entries of one snapshot       the thread that reads
 *       SnapshotReadAhead  its blocks, checked         poro-load
 *   LogCheck             read, decide                  the thread that opens or reads
 *     LogReader          segments in order             the thread that reads
 *       FrameReader      frames of one segment         the thread that reads
 *       LogRules         rules that both readers check   the thread that reads
 *   Recovery             cut, force                    the thread that opens or repairs
 *   ReplicaLogs          whether it is a replica's     the thread that opens
 *   SalvageStart         what a salvage begins with    the thread that salvages
 *   LogView              a log as it was at one        the thread that reads without owning
 *                        moment, beside its writer
 *     WrittenEnd         how far it was written        the thread that opens the view
 *   DamageScan           what is intact and what is    the thread that verifies or salvages
 *     FrameReader        not, to the end of the log
 *   LogBackup            a copy of a log, open or not  the thread that backs up
 *     BackupPlanner      what to copy, all checked     the thread that backs up
 *   LogRestore           a log up to some point        the thread that restores
 *     RestoredLog        the new log                   the thread that restores
 *   RewrittenLog         a new log of intact events,   the thread that salvages or restores
 *     LogWriter          by the same writer
 *   StoreFile            settings, proof of the end    the thread that opens or closes
 *   CanonicalNames       names with other digits       the thread that opens or reads
 *   LogLock, LockFile    one process per log           any
 *   Storage              everything outside            any
 * </pre>
 *
 * <p>The journaling thread is the thread that currently runs the handler, one at a time. It is often a thread of the
 * application, so everything here ignores interrupts.
 *
 * <p>Nothing on the path of an append allocates.
 */
package dev.poro.wal;
