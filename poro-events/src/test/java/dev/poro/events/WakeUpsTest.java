package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread that is not woken sleeps for ever here, and the test with it. */
@Timeout(20)
class WakeUpsTest {
    private final WakeUps wakeUps = new WakeUps();
    private final AtomicInteger awake = new AtomicInteger();

    @Test
    void wakesThoseThatWereNotedFirstAndNoMoreThanAsked() throws Exception {
        List<Thread> sleepers = sleepers(3, 0);
        sleepers.forEach(wakeUps::add);
        wakeUps.wake(2);
        sleepers.get(0).join();
        sleepers.get(1).join();
        assertThat(sleepers.get(2).isAlive()).isTrue();
        wakeUps.wake(2);
        sleepers.get(2).join();
        wakeUps.wake(2);
        assertThat(awake).hasValue(3);
    }

    @Test
    void wakesTheFirstIfTheNextHasNoPlace() throws Exception {
        List<Thread> sleepers = sleepers(2, 0);
        wakeUps.add(sleepers.get(0));
        for (int place = 1; place < 256; place++) {
            wakeUps.add(sleepers.get(1));
        }
        assertThat(sleepers.get(0).isAlive()).isTrue();
        wakeUps.add(sleepers.get(1));
        sleepers.get(0).join();
        wakeUps.wake(Integer.MAX_VALUE);
        sleepers.get(1).join();
    }

    /** As in the ring: each that is woken wakes two more. */
    @Test
    void wakesEveryThreadWhoeverDoesIt() throws Exception {
        for (int round = 0; round < 20; round++) {
            awake.set(0);
            List<Thread> sleepers = sleepers(100, 2);
            sleepers.forEach(wakeUps::add);
            wakeUps.wake(2);
            for (Thread sleeper : sleepers) {
                sleeper.join();
            }
            assertThat(awake).hasValue(100);
        }
    }

    /** @param wakes how many others each of them wakes */
    private List<Thread> sleepers(int count, int wakes) throws InterruptedException {
        CountDownLatch asleep = new CountDownLatch(count);
        List<Thread> sleepers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Thread sleeper = new Thread(() -> {
                asleep.countDown();
                LockSupport.park(this);
                awake.incrementAndGet();
                wakeUps.wake(wakes);
            });
            sleeper.setDaemon(true);
            sleeper.start();
            sleepers.add(sleeper);
        }
        asleep.await();
        return sleepers;
    }
}
