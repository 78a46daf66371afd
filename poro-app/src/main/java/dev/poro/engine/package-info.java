/**
 * The embeddable store.
 *
 * <p>{@link dev.poro.engine.Poro} encodes a command as an event on the ring and waits for its outcome; a
 * {@link dev.poro.engine.HandlerRunner} runs the two handlers on it, the journal's and the state machine's.
 * {@link dev.poro.engine.Threading} selects the threads that do that; the handlers are the same.
 *
 * <pre>
 *   Poro.set ── claim, encode, publish ──▶ EventRing
 *      │                                      │  JournalingHandler     sequence, timestamp, frame, force
 *      │                                      │  StateMachineHandler   apply, outcome
 *      └── HandlerRunner.await ◀──────────────┘
 *   Poro.get ── straight from the state machine's table, on the caller's thread
 * </pre>
 *
 * <p>A {@link dev.poro.engine.Replica} is such a store among others: what is encoded goes to a
 * {@link dev.poro.engine.Replicator}, and comes back committed, on every replica in the same order. Then it goes into
 * the ring, with the cluster's time, and the way from there on is the same.
 *
 * <pre>
 *   Poro.set ── encode ──▶ MessageSender ──▶ Replicator ─ ─ the cluster's log ─ ─▶ Replica.committed ──▶ EventRing
 *      │                     UnansweredMessages: who waits for what ──────────────────▶   │
 *      └── ReplicaRunner.await ◀───────────────── outcome ── Replica.endBatch, the handlers ┘
 * </pre>
 *
 * <p>An embedder imports from this package alone: no public signature names a type of the ring, the log or the state
 * machine. Their settings and reports have counterparts here.
 *
 * <p>{@link dev.poro.engine.Changes} leads to feeds of what happened: a reader of the change log on the caller's
 * thread, which a writer wakes when it waits.
 *
 * <p>{@code StoreMonitor} logs what an operator must know, on a thread of its own; nothing else logs.
 *
 * <p>{@link dev.poro.engine.tools} works on logs that no store has open. {@link dev.poro.engine.internal} has what the
 * store and the tools share; it is not API.
 */
package dev.poro.engine;
