package dev.poro.statemachine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A key is found while the key in front of it is deleted and it moves into the hole. The two keys share the home slot,
 * not the stripe.
 */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "the key is found")
@Outcome(id = "false", expect = FORBIDDEN, desc = "a key that is there is not found")
@State
public class BackshiftStress {
    private static final ConcurrentLinkedQueue<IndexUnderStress> USED = new ConcurrentLinkedQueue<>();
    private static final long REMOVED_HASH = 1L << 60;
    private static final long HASH = 2L << 60;
    private static final long NO_ENTRY = 1;

    private final IndexUnderStress table = take();
    private final long slot;

    public BackshiftStress() {
        table.index.insert(REMOVED_HASH, NO_ENTRY);
        table.insertEntry(HASH);
        slot = table.index.slotOf(REMOVED_HASH, NO_ENTRY);
    }

    private static IndexUnderStress take() {
        IndexUnderStress used = USED.poll();
        return used == null ? new IndexUnderStress(4) : used;
    }

    /** The writer. */
    @Actor
    public void removes() {
        table.index.remove(REMOVED_HASH, slot);
    }

    /** A reader. */
    @Actor
    public void reads(Z_Result result) {
        result.r1 = table.finds(HASH);
    }

    /** Makes the table fit for another round. */
    @Arbiter
    public void givesBack() {
        table.removeEntry(HASH);
        USED.add(table);
    }
}
