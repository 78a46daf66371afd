/**
 * The vocabulary of Poro: what an event is, how it is encoded, and the ring that carries it.
 *
 * <p>An <em>event</em> is something that happened, encoded once by its publisher as a <em>record</em>
 * ({@link dev.poro.events.RecordDescriptor}); ring slot, log and replay hold the same bytes and read them through the
 * same {@link dev.poro.events.RecordFlyweight}. Events are inputs: what becomes of one is its
 * {@link dev.poro.events.Outcome}, computed when it is applied and never journaled.
 *
 * <pre>
 *   publisher            EventRing.tryClaim, EventSlot.prepare, RecordEncoder, EventRing.publish
 *       |
 *   journaling handler   EventSlot.journaled(logSequence, times)  or  EventSlot.refuse(why)
 *       |
 *   state machine        EventRing.complete(ringSequence, outcome)
 *       |
 *   publisher            OutcomeWaiter.poll  or, later,  EventRing.outcomeOf
 * </pre>
 *
 * <p>A <em>snapshot</em> is the state after one event: a {@link dev.poro.events.StateSummary} and the
 * live entries as records, which the state machine hands to a {@link dev.poro.events.SnapshotSink}.
 *
 * <p>Threads: a slot belongs to its publisher between claim and publish, then to one handler after the other. Nothing
 * here starts a thread or allocates per event.
 */
package dev.poro.events;
