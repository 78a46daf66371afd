/**
 * The write-ahead log: the truth of a store. This page is the specification of its format, version 1.
 *
 * <h2>Files</h2>
 *
 * <p>A log is a directory. One that is being made of another log is called {@code NAME.unfinished} until it is whole
 * and forced, and is not opened under that name. A backup is a log with the identity of the one it was made of.
 *
 * <pre>
 *   0000000001.wal, 0000000002.wal, ...    segments, numbered without a gap: from 1, unless the
 *                                          first ones were released
 *   0000000002.wal.tmp                     a segment in the making; left by a crash, deleted by the next opening
 *   0000000001.wal.4096.quarantine         what opening cut off at offset 4096, kept for inspection
 *   0000000002.wal.quarantine              a whole segment that was cut off
 *   0000000000000000042.snapshot           the state after the event of sequence 42; the newest two are kept,
 *                                          and those that lead through history
 *   snapshot.tmp                           a snapshot in the making; left by a crash, deleted by the next opening
 *   0000000000000000042.snapshot.quarantine   a snapshot that opening found damaged
 *   STORE                                  the settings of the store, and how far the log was forced
 *   STORE.tmp                              the next one in the making; left by a crash, deleted by the next opening
 *   LOCK, .LOCK                            locked while the log is open, and by whom (pid)
 * </pre>
 *
 * <p>Numbers in names have the digits from 0 to 9 and the widths above. Poro once wrote them with the digits of the
 * host's locale; such names are read as the numbers that they are, and whoever opens the log gives the files the right
 * ones. Two files of the same number, and names that are a number and no segment's or snapshot's, are refused
 * ({@link dev.poro.wal.CanonicalNames}). All other files are left alone.
 *
 * <p>Files are made with mode 0600, directories with 0700. LOCK is a regular file that holds a pid or nothing.
 *
 * <p>A segment ({@link dev.poro.wal.SegmentDescriptor}) has a fixed length, 64 MiB unless configured otherwise (the
 * first one of a log 4 MiB, or what its longest record needs), and is written with zeros before it is used, so that a
 * full disk is an error of that preparation and never of a store into a mapping. It holds a header of 128 bytes and
 * then frames up to the first zero length.
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
 *                           durable sequence, body CRC, header CRC
 * </pre>
 *
 * <p>A frame ({@link dev.poro.wal.FrameDescriptor}) is a batch: its records ({@link dev.poro.events.RecordDescriptor})
 * count as one. All integers are little-endian. Checksums are CRC-32C, and but for that of the identity they are
 * salted with the segment's random salt ({@link dev.poro.wal.Checksum}): a frame of another segment, or of an earlier
 * use of the same one, fails them.
 *
 * <p>A snapshot ({@link dev.poro.wal.SnapshotDescriptor}) stands for all events up to its sequence: a header that says
 * of which state it is, the entries in checksummed blocks, a footer. Opening loads the newest one that is whole and
 * reads the log from the event behind it. Segments whose events a snapshot stands for may be gone, from the first one
 * on: a log that does not begin with segment 1 is read only behind a snapshot that is whole and that it reaches back to
 * ({@link dev.poro.wal.SnapshotLoader}).
 *
 * <p>STORE ({@link dev.poro.wal.StoreFile}) is a lower bound of what was forced, as of the last clean close or, if
 * there was a crash since, of the opening after that. A log that ends before is refused. Logs of earlier Poros have no
 * such file, and nor has a new one that nothing was asked of.
 *
 * <p>A file of a later version has the same magic, and its version and the checksum of its header in the same places;
 * it is refused by name and left alone. No length and no count is believed that the file is too short for.
 *
 * <h2>Rules</h2>
 *
 * <ul>
 *   <li>Sequences are contiguous, within a frame, from frame to frame and from segment to segment; the first is 1.
 *   <li>Timestamps never go backwards.
 *   <li>A frame's durable sequence is less than its first sequence, and is proof that the events up to it were forced.
 *   <li>An event of type CLEAN_CLOSE is written after everything before it was forced, and is itself forced.
 *   <li>Segments behind the last one that is in use are prepared ahead: an identity, and nothing but zeros.
 *   <li>A snapshot has its name only once it is complete and forced, and once the log is forced up to its sequence. So
 *       its name is proof that this much was forced, even if it is damaged.
 *   <li>STORE is written when the log is forced up to what it says, and is replaced by a renaming once it is forced
 *       itself. It has the identity of the log. So it may be older than the log, and is never ahead of it.
 *   <li>A segment is deleted only when the next one begins at or before the event behind the older of the newest two
 *       snapshots, both of which are forced, names and all; the oldest one first, and each for good before the next.
 *   <li>Whatever is not zero behind the last frame was never forced, or is damage: {@link
 *   dev.poro.wal.RecoveryDecision}.
 * </ul>
 *
 * <h2>Who does what</h2>
 *
 * <pre>
 *   JournalingHandler    a batch of the ring           journaling thread
 *     LogWriter          frames, timestamps, rolling   journaling thread
 *       SegmentWriter    bytes of one segment          journaling thread
 *     SegmentPreparer    the next segment, ahead       poro-prepare
 *     Flusher            forcing in the background     poro-flush (not under ALWAYS)
 *     SnapshotWriter     when, and what becomes of it  poro-snapshot
 *       SnapshotInProgress  entries into SnapshotBlocks   whoever applies events
 *                        blocks into the file          poro-snapshot; whoever finds no room
 *     LogTrimmer         what no snapshot needs        poro-snapshot
 *   SnapshotLoader       the newest that is whole      the thread that opens or repairs
 *     SnapshotReader     entries of one snapshot       the thread that reads
 *       SnapshotReadAhead  its blocks, checked         poro-load
 *   LogCheck             read, decide                  the thread that opens or reads
 *     LogReader          segments in order             the thread that reads
 *       FrameReader      frames of one segment         the thread that reads
 *   Recovery             cut, force                    the thread that opens or repairs
 *   SalvageStart         what a salvage begins with    the thread that salvages
 *   LogView              a log as it stood at one     the thread that reads without owning
 *                        moment, beside its writer
 *     WrittenEnd         up to where it is written    the thread that opens the view
 *   DamageScan           all that is whole, all that   the thread that verifies or salvages
 *     FrameReader        is not, to the end of the log
 *   LogBackup            a copy of a log, open or not  the thread that backs up
 *     BackupPlanner      what to copy, all checked     the thread that backs up
 *   LogRestore           a log up to some point        the thread that restores
 *     RestoredLog        what is written of it         the thread that restores
 *   RewrittenLog         a new log of what is whole,    the thread that salvages or restores
 *     LogWriter          by the same writer
 *   StoreFile            settings, proof of the end    the thread that opens or closes
 *   CanonicalNames       names with other digits       the thread that opens or reads
 *   LogLock, LockFile    one process per log           any
 *   Storage              everything outside            any
 * </pre>
 *
 * <p>The journaling thread is whoever runs the handler at the moment; it is one at a time. It is often a thread of
 * the application, so nothing here gives up on an interrupt.
 *
 * <p>Nothing on the path of an append allocates.
 */
package dev.poro.wal;
