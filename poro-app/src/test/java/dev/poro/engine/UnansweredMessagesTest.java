package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

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
}
