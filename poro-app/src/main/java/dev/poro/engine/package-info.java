/**
 * The embeddable store.
 *
 * <p>{@link dev.poro.engine.Poro} encodes a command as an event on the ring and waits for its outcome; a
 * {@link dev.poro.engine.HandlerRunner} gets the event through the two handlers, the journal's and the state
 * machine's. Which threads do that is {@link dev.poro.engine.Threading}; the handlers are the same.
 *
 * <pre>
 *   Poro.set ── claim, encode, publish ──▶ EventRing
 *      │                                      │  JournalingHandler     sequence, timestamp, frame, force
 *      │                                      │  StateMachineHandler   apply, outcome
 *      └── HandlerRunner.await ◀──────────────┘
 *   Poro.get ── straight from the state machine's table, on the caller's thread
 * </pre>
 *
 * <p>Without a store, {@link dev.poro.engine.LogVerification} replays a log and lists what is wrong with it,
 * {@link dev.poro.engine.Repair} does to it what opening does, and {@link dev.poro.engine.Salvage} makes a new one of
 * what is whole.
 *
 * <p>What only the front ends need (picocli, JLine) is not seen from here.
 */
package dev.poro.engine;
