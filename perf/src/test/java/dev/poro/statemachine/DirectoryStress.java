package dev.poro.statemachine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A key is found while the directory doubles: a page as deep as the directory is full, so that one word more splits it.
 * The key that is read lies elsewhere.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "the key is found at every read")
@Outcome(expect = FORBIDDEN, desc = "a key that is there is not found")
@State
public class DirectoryStress {
    private static final int DEPTH = 4;
    private static final long HASH = 1L << 63;

    private static final ConcurrentLinkedQueue<IndexUnderStress> USED = new ConcurrentLinkedQueue<>();
    private static final byte[] FULL = full();

    private final IndexUnderStress table = take();
    private volatile boolean isSplit;

    private static byte[] full() {
        IndexUnderStress table = newTable();
        table.index.prepareFor((1 << DEPTH) * 6_000L);
        table.insertEntry(HASH);
        for (int number = 1; number <= Index.SPLIT_AT; number++) {
            table.index.insert(hash(number), number);
        }
        return table.save();
    }

    /** The home slot is in the bits from 34 on; the first bit below those of the page tells its halves apart. */
    private static long hash(int number) {
        long half = (long) (number & 1) << (Long.SIZE - 1 - DEPTH);
        return half | (long) number << ArenaDescriptor.REFERENCE_BITS;
    }

    private static IndexUnderStress newTable() {
        return new IndexUnderStress((1 << DEPTH) + 3);
    }

    private static IndexUnderStress take() {
        IndexUnderStress used = USED.poll();
        IndexUnderStress table = used == null ? newTable() : used;
        table.restore(FULL);
        return table;
    }

    /** The writer. */
    @Actor
    public void splits() {
        table.index.insert(hash(Index.SPLIT_AT + 1), Index.SPLIT_AT + 1);
        isSplit = true;
    }

    /** A reader: {@code r1} counts the reads that found nothing. */
    @Actor
    public void reads(I_Result result) {
        int missed = 0;
        while (!isSplit) {
            missed += table.finds(HASH) ? 0 : 1;
        }
        result.r1 = missed;
    }

    /** Nobody is in the table any more. */
    @Arbiter
    public void givesBack() {
        USED.add(table);
    }
}
