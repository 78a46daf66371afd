package dev.poro.events;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A waiter that is told its outcome wakes up, and sees what was done before it was told. */
@JCStressTest
@Outcome(id = "42, 0", expect = ACCEPTABLE, desc = "told, and in time")
@State
public class WaiterStress {
    private static final long MUCH_TOO_LONG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private volatile OutcomeWaiter waiter;
    private int applied;

    /** The owner: {@code r1} is what it sees of the handler's work, {@code r2} counts wake-ups that did not come. */
    @Actor
    public void waits(II_Result result) {
        OutcomeWaiter own = new OutcomeWaiter(false);
        own.tryTake(Thread.currentThread());
        waiter = own;
        while (own.poll() == null) {
            long from = System.nanoTime();
            own.park(MUCH_TOO_LONG_NANOS);
            if (System.nanoTime() - from >= MUCH_TOO_LONG_NANOS) {
                result.r2++;
            }
        }
        result.r1 = applied;
    }

    /** The last handler. */
    @Actor
    public void completes() {
        while (waiter == null) {
            Thread.onSpinWait();
        }
        applied = 42;
        waiter.complete(dev.poro.events.Outcome.CREATED, 0);
    }
}
