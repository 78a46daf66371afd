package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TouchAheadTest {
    private static final int FAR = 2_000;

    private final Arena arena = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + FAR);

    @BeforeEach
    void freeze() {
        arena.freeze();
    }

    @AfterEach
    void release() {
        arena.release();
    }

    @Test
    void endsWhenAllIsTouched() {
        new TouchAhead(arena, 300).run();
        new TouchAhead(arena, 3).run();
        new TouchAhead(arena, 0).run();
    }

    @Test
    void waitsForTheWriterAndEndsWhenItIsToldTo() throws InterruptedException {
        TouchAhead touching = new TouchAhead(arena, FAR);
        Thread thread = new Thread(touching);
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }

        touching.stop();

        thread.join();
        assertThat(arena.touchedPages()).isZero();
    }

    @Test
    void anInterruptEndsItToo() throws InterruptedException {
        Thread thread = new Thread(new TouchAhead(arena, FAR));
        thread.start();
        thread.interrupt();
        thread.join();
    }

    @Test
    void doesNothingIfItIsStoppedBeforeItBegins() {
        TouchAhead touching = new TouchAhead(arena, FAR);
        touching.stop();
        touching.run();
    }
}
