/**
 * What the events amount to: {@link dev.poro.statemachine.StateMachine} applies records, one after the other, to a hash
 * table outside the heap, and answers reads from any thread.
 *
 * <pre>
 * StateMachineHandler feeds it from the event ring
 *   StateMachine    the order of the events, budget, marks; what the rest of the program calls
 *     SnapshotRestorer  fills an empty one from a snapshot
 *     Changes       what each event does to its entry and to the totals
 *     SnapshotWalk  hands out the state of one event while later ones change it
 *     Totals        the figures that change with every event
 *     Reads         by any thread; ReadRequest is one that the writer does for a starved reader
 *     CurrentTable  the table at the moment, which a larger one may replace
 *     RetiredArenas give memory back when no reader is in it; VirtualReaders counts those on no stack
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
 * <p>Threads: one writer changes; any number of readers read without locks. Invariants:
 *
 * <ul>
 *   <li>No key, value, hash or order of events makes {@code apply} throw. Keys that collide cost time.
 *   <li>Outcomes and digest depend on the events alone; not on the layout of memory, the hash seed, the clock.
 *   <li>What counts against the memory budget is a function of the contents; if the count fits, the allocation
 *       succeeds.
 *   <li>Between two budgets that raise the reservation nothing is asked of the operating system, and no set, delete or
 *       read into a given array allocates on the heap.
 *   <li>A snapshot has every entry of its state once, as it was, whatever is applied meanwhile.
 *   <li>Memory that a reader may be looking at is never given back to the operating system.
 * </ul>
 */
package dev.poro.statemachine;
