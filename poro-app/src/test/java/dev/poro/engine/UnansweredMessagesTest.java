package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.TestScale;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each message is answered once, and only to whoever waits for it. */
class UnansweredMessagesTest {
    private final UnansweredMessages messages = new UnansweredMessages();

    private long add() {
        return messages.tryAdd(null, null, false, null);
    }

    @Test
    void isTakenOnce() {
        long number = messages.tryAdd(null, null, true, null);
        assertThat(messages.isEmpty()).isFalse();
        UnansweredMessages.Message taken = messages.take(number);
        assertThat(taken.wantsPrevious()).isTrue();
        assertThat(messages.take(number)).as("by another thread").isNull();
        messages.release(taken);
        assertThat(messages.take(number)).as("later").isNull();
        assertThat(messages.isEmpty()).isTrue();
    }

    /** A replica that was opened anew may be told of what it has sent before. */
    @Test
    @Tag("R34")
    void aNumberThatIsNotWaitedForIsNoneThatSharesItsPlace() {
        long number = add();
        for (long other : new long[] {number + messages.capacity(), number - messages.capacity(), 0, -1}) {
            assertThat(messages.take(other)).as("number %d", other).isNull();
        }
        assertThat(messages.take(number)).isNotNull();
    }

    @Test
    void isFullWhileTheNextPlaceIsWaitedFor() {
        long first = add();
        for (int i = 1; i < messages.capacity(); i++) {
            assertThat(add()).isEqualTo(first + i);
        }
        assertThat(add()).isEqualTo(UnansweredMessages.FULL);
        messages.release(messages.take(first + 1));
        assertThat(add()).as("in order").isEqualTo(UnansweredMessages.FULL);
        messages.release(messages.take(first));
        assertThat(add()).isEqualTo(first + messages.capacity());
    }

    /** With so few places, any thread that is interrupted by the system meets another one in its place. */
    @Test
    @Tag("R34")
    void eachThreadGetsItsOwnAnswer() throws Exception {
        UnansweredMessages few = new UnansweredMessages(2);
        int each = TestScale.choose(100_000, 5_000_000);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> tasks = Collections.nCopies(4, () -> {
                AtomicInteger answers = new AtomicInteger();
                for (int added = 0; added < each; ) {
                    long number = few.tryAdd(null, null, false, answers::incrementAndGet);
                    if (number != UnansweredMessages.FULL) {
                        UnansweredMessages.Message taken = few.take(number);
                        assertThat(taken).as("number %d", number).isNotNull();
                        taken.whenDone().run();
                        few.release(taken);
                        added++;
                        assertThat(answers).hasValue(added);
                    }
                }
                return null;
            });
            for (Future<Void> done : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(few.isEmpty()).isTrue();
    }
}
