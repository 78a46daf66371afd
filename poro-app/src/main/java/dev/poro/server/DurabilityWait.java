package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * WAITAOF for a client: the thread that would wait is that of an event loop, so a timer looks again instead. In a
 * transaction it does not wait, but tells how things are.
 *
 * @param sequence of the last change that is to be durable
 * @param local whether the client asks for that
 * @param deadline by the system's clock
 */
record DurabilityWait(ClientSession session, long sequence, long local, long deadline) {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    static final Command<ClientSession> WAITAOF = Command.<ClientSession>of(
                    "WAITAOF",
                    "numlocal numreplicas timeout",
                    "Wait until the changes so far are on the disk, or so many milliseconds: 1 if they are, and 0.",
                    DurabilityWait::begin)
            .described("generic", "7.2.0", "noscript blocking");

    private static void begin(ClientSession session, List<byte[]> words) throws IOException {
        long local = Words.number(words.get(1));
        long millis = Words.number(words.get(3));
        Poro poro = session.server().poro();
        if (local < 0 || local > 1 || Words.number(words.get(2)) < 0) {
            session.replies().error("value is out of range, must be between 0 and 1");
        } else if (millis < 0) {
            session.replies().error("timeout is not an integer or out of range");
        } else if (local == 1 && poro.syncPolicy() == SyncPolicy.OS) {
            session.replies()
                    .error("WAITAOF cannot be used when the sync policy is os: nothing is known to be on the disk");
        } else {
            long deadline = millis == 0 ? Long.MAX_VALUE : System.currentTimeMillis() + millis;
            new DurabilityWait(session, poro.sequence(), local, deadline).look();
        }
    }

    private void look() throws IOException {
        boolean isDurable = session.server().poro().durableSequence() >= sequence;
        if (local == 0 || isDurable || session.isInTransaction() || System.currentTimeMillis() >= deadline) {
            session.replies().array(2);
            session.replies().integer(isDurable ? 1 : 0);
            session.replies().integer(0);
        } else {
            session.connection().delayReply(this::lookAgain, LOOK_NANOS);
        }
    }

    private void lookAgain() {
        try {
            look();
        } catch (IOException e) {
            throw new AssertionError("replies go to memory", e);
        }
    }
}
