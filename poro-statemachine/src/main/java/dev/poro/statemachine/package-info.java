/**
 * The state: {@link dev.poro.statemachine.StateMachine} applies records in order to a hash table outside the heap, and
 * answers reads from any thread.
 *
 * <pre>
 * StateMachineHandler feeds it from the event ring
 *   StateMachine    the order of the events, budget, marks; what the rest of the program calls
 *     SnapshotRestorer  fills an empty one from a snapshot; TouchAhead has the system provide the memory meanwhile
 *     Changes       applies sets and deletes to entries and totals
 *     SnapshotWalk  hands out the state of one event while later ones change it
 *     Totals        the figures that change with every event
 *     Clients       whose changes carry tokens, and what became of the last change of each
 *     Reads         by any thread; a ReadRequest asks the writer to read for a starved reader
 *     CurrentTable  the table in use, which a larger one may replace
 *     RetiredArenas release memory when no reader uses it; VirtualReaders counts virtual threads
 *     Table         find, insert, replace, remove an entry
 *       WyHash      of the keys
 *       Index       key hash to reference: extendible hashing over IndexPages
 *       IndexChain  pages of the index for keys that collide
 *       Entries     entries in slots; EntryDescriptor is their layout, EntryDigest their digest
 *       Slab        slots of SizeClasses in pages
 *       Evacuator   turns free slots into free pages
 *       StripedSeqLock  a sequence lock for readers
 *       EntryReader reads while the writer writes
 *         Arena     one region, pages of 64 KiB; ArenaState is its life, ArenaDescriptor its layout
 * </pre>
 *
 * <p>Threads: one writer changes the state; any number of readers read without locks. Invariants:
 *
 * <ul>
 *   <li>No key, value, hash or order of events makes {@code apply} throw. Keys that collide cost time.
 *   <li>Outcomes and digest depend on the events alone; not on the layout of memory, the hash seed, the clock.
 *   <li>What counts against the memory budget is a function of the contents; if the count fits, the allocation
 *       succeeds.
 *   <li>Memory is requested from the operating system only when a budget exceeds the reservation. No set, delete or
 *       read into a given array allocates on the heap.
 *   <li>A snapshot contains every entry of its state exactly once and unchanged, whatever is applied meanwhile.
 *   <li>Memory is never returned to the operating system while a reader may be using it.
 * </ul>
 */
package dev.poro.statemachine;
