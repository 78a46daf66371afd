package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What several sessions do at once. */
class TransactionTest extends StoreTest {
    private static final int THREADS = 4;

    @ParameterizedTest
    @ValueSource(strings = {"INCR n", "INCRBYFLOAT n 1", "MULTI; INCR n; EXEC", "MULTI; INCRBYFLOAT n 1; GET x; EXEC"})
    void losesNoCount(String commands) throws Exception {
        int rounds = 500;

        runInThreads(THREADS, (own, thread) -> {
            for (int i = 0; i < rounds; i++) {
                for (String command : commands.split("; ", -1)) {
                    own.run(command);
                }
            }
        });

        assertThat(session.run("GET n")).isEqualTo("value '" + THREADS * rounds + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SETNX", "SET", "MSETNX", "MULTI"})
    void letsTheFirstWin(String how) throws Exception {
        int keys = 301;
        AtomicInteger won = new AtomicInteger();

        runInThreads(THREADS, (own, thread) -> {
            for (int i = 0; i < keys; i++) {
                if (comesFirst(own, how, "key" + i, "thread" + thread)) {
                    won.incrementAndGet();
                }
            }
        });

        assertThat(won).hasValue(keys);
        assertThat(poro.keys()).isGreaterThanOrEqualTo(keys);
    }

    private static boolean comesFirst(RecordedSession own, String how, String key, String value) throws IOException {
        switch (how) {
            case "SET":
                return own.run("SET " + key + " " + value + " NX").equals("ok");
            case "MSETNX":
                return own.run("MSETNX " + key + " " + value + " copy:" + key + " " + value)
                        .equals("integer 1");
            case "MULTI":
                own.run("MULTI");
                own.run("SETNX " + key + " " + value);
                return own.run("EXEC").equals("array 1, integer 1");
            default:
                return own.run("SETNX " + key + " " + value).equals("integer 1");
        }
    }

    /** Two accounts; each transfer reads both, and no reader ever sees another sum. */
    @Test
    void showsNoPartOfATransaction() throws Exception {
        session.run("MSET a 1000 b 1000");

        runInThreads(THREADS, (own, thread) -> {
            for (int i = 0; i < 300; i++) {
                if (thread % 2 == 0) {
                    own.run("MULTI");
                    own.run("DECRBY a 7");
                    own.run("INCRBY b 7");
                    own.run("EXEC");
                } else {
                    String[] values = own.run("MGET a b")
                            .replaceAll("[^0-9 -]", "")
                            .trim()
                            .split(" +", -1);
                    assertThat(Integer.parseInt(values[1]) + Integer.parseInt(values[2]))
                            .isEqualTo(2000);
                }
            }
        });
    }

    @Test
    void doesNothingIfAWatchedKeyHasChanged() throws IOException {
        RecordedSession other = newSession();
        session.run("SET k 1");
        session.run("WATCH k absent");
        session.run("MULTI");
        session.run("SET other 1");
        other.run("SET k 2");

        assertThat(session.run("EXEC")).isEqualTo("no array");
        assertThat(session.run("GET other")).isEqualTo("value absent");

        session.run("WATCH absent");
        session.run("MULTI");
        session.run("GET k");
        other.run("SET absent 1");
        assertThat(session.run("EXEC")).isEqualTo("no array");
    }

    /** Whatever came of it since: Redis, too, does nothing then. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET absent 1; DEL absent",
                "SET absent 1 PX 1",
                "MSET absent 1 x 2; FLUSHALL",
                "SET x 1; RENAME x absent; RENAME absent x",
                "MULTI; SET absent 1; EXEC; DEL absent",
                "INCR absent; GETDEL absent",
                "APPEND absent ''; DEL absent",
                "DEL k; SET k 1",
                "SET k 1",
                "APPEND k ''",
                "EXPIRE k 100; PERSIST k",
                "SETBIT k 7 0; SETBIT k 7 1",
            })
    void noticesAWatchedKeyThatIsAsItWasAgain(String meanwhile) throws Exception {
        RecordedSession other = newSession();
        session.run("SET k 1");
        session.run("WATCH k absent");
        for (String command : meanwhile.split("; ", -1)) {
            other.run(command);
        }
        while (meanwhile.contains("PX") && !session.run("EXISTS absent").equals("integer 0")) {
            Thread.sleep(1);
        }
        session.run("MULTI");
        session.run("SET done 1");

        assertThat(session.run("EXEC")).isEqualTo("no array");
        assertThat(session.run("EXISTS done")).isEqualTo("integer 0");
    }

    @Test
    void noticesNothingOfOtherKeys() throws IOException {
        RecordedSession other = newSession();
        session.run("WATCH absent k");
        for (int i = 0; i < 2_000; i++) {
            other.run("SET other" + i + " 1");
            other.run("DEL other" + i);
        }
        other.run("DEL absent");
        other.run("EXPIRE absent 10");
        other.run("SET absent 1 XX");
        session.run("MULTI");
        session.run("SET absent 1");

        assertThat(session.run("EXEC")).isEqualTo("array 1, ok");
    }

    /**
     * A name goes from one key to the other and back, so one of them is always there. The keys between the two give it
     * time to go while they are read, and while they are looked at again.
     */
    @Test
    void readsSeveralKeysAtOneMomentAlsoIfTheyComeAndGo() throws Exception {
        StringBuilder others = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            others.append(" other").append(i);
        }
        AtomicInteger readers = new AtomicInteger(1);
        session.run("SET a 1");

        runInThreads(2, (own, thread) -> {
            if (thread == 0) {
                while (readers.get() > 0) {
                    assertThat(own.run("RENAME a b")).isEqualTo("ok");
                    assertThat(own.run("RENAME b a")).isEqualTo("ok");
                }
                return;
            }
            try {
                for (int i = 0; i < 300; i++) {
                    assertThat(own.run("EXISTS a" + others + " b")).isEqualTo("integer 1");
                }
                for (int i = 0; i < 100; i++) {
                    own.run("MULTI");
                    own.run("EXISTS a b");
                    own.run("MGET b a");
                    assertThat(own.run("EXEC"))
                            .matches("array 2, integer 1, array 2, (value absent, value '1'|value '1', value absent)");
                }
            } finally {
                readers.decrementAndGet();
            }
        });
    }

    /** It loses every race otherwise, for the others never pause. */
    @Test
    void endsAlsoIfItReadsAllKeysWhileOthersWrite() throws Exception {
        AtomicInteger writers = new AtomicInteger(2);
        session.run("MSET in:0 1 in:1 1 in:2 1");

        runInThreads(4, (own, thread) -> {
            if (thread < 2) {
                try {
                    for (int i = 0; i < 40; i++) {
                        own.run("MULTI");
                        own.run("KEYS in:*");
                        own.run("DBSIZE");
                        own.run("INCR n" + thread);
                        assertThat(own.run("EXEC").split("in:", -1))
                                .as("three keys")
                                .hasSize(4);
                    }
                } finally {
                    writers.decrementAndGet();
                }
            } else {
                for (int i = 0; writers.get() > 0; i = (i + 1) % 3) {
                    own.run("MULTI");
                    own.run("SET in:new" + thread + " 1");
                    own.run("DEL in:new" + thread);
                    own.run("INCR in:" + i);
                    own.run("EXEC");
                }
            }
        });

        assertThat(session.run("MGET n0 n1")).isEqualTo("array 2, value '40', value '40'");
    }

    /** What a part of a value changes is logged as that part, with the version that was read as its condition. */
    @Test
    void logsAPartOfAValueAsAPart() throws IOException {
        session.run("SET k " + "v".repeat(900));
        long before = poro.log().bytesSinceSnapshot();
        session.run("SETBIT k 6 1");
        session.run("MULTI");
        session.run("APPEND k abc");
        session.run("EXEC");

        assertThat(session.run("STRLEN k")).isEqualTo("integer 903");
        assertThat(session.run("GETRANGE k 899 -1")).isEqualTo("value 'vabc'");
        assertThat(poro.log().bytesSinceSnapshot() - before).isLessThan(600);
    }

    @Test
    void isRefusedIfItIsTooLarge() throws IOException {
        session.run("MULTI");
        for (int i = 0; i < 17_500; i++) {
            session.run("SET " + "k".repeat(20) + i + " " + "v".repeat(940));
        }

        assertThat(session.run("EXEC")).startsWith("error transaction too large: ");
        assertThat(session.run("DBSIZE")).isEqualTo("integer 0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"SET k 1", "SETRANGE k 0 ''", "SETBIT k 7 1", "EXPIRE none 10", "GET k", "SETNX k 2", "PERSIST k"
            })
    void happensIfNothingHasChangedAWatchedKey(String meanwhile) throws IOException {
        session.run("SET k 1");
        newSession().run(meanwhile);
        session.run("WATCH k");
        if (!meanwhile.startsWith("SET k")) {
            newSession().run(meanwhile);
        }
        session.run("MULTI");
        session.run("INCR k");

        assertThat(session.run("EXEC")).isEqualTo("array 1, integer 2");
    }

    @Test
    void watchesUntilExecDiscardOrUnwatch() throws IOException {
        for (String end : new String[] {"UNWATCH", "MULTI; DISCARD", "MULTI; EXEC"}) {
            session.run("WATCH k");
            for (String command : end.split("; ", -1)) {
                session.run(command);
            }
            newSession().run("INCR k");
            session.run("MULTI");
            session.run("SET done 1");
            assertThat(session.run("EXEC")).as(end).isEqualTo("array 1, ok");
        }
    }

    @Test
    void countsByWatchAndExec() throws Exception {
        int rounds = 200;

        runInThreads(THREADS, (own, thread) -> {
            for (int i = 0; i < rounds; i++) {
                String reply;
                do {
                    own.run("WATCH n");
                    String value = own.run("GET n").replaceAll("value (absent|'(.*)')", "$2");
                    own.run("MULTI");
                    own.run("SET n " + (value.isEmpty() ? 1 : Integer.parseInt(value) + 1));
                    reply = own.run("EXEC");
                } while (reply.equals("no array"));
            }
        });

        assertThat(session.run("GET n")).isEqualTo("value '" + THREADS * rounds + "'");
    }

    @Test
    void leavesOneEventOfAll() throws IOException {
        session.run("SET a 1");
        session.run("MULTI");
        session.run("INCR a");
        session.run("INCR a");
        session.run("SETEX b 100 v");
        session.run("DEL c");
        session.run("MSET d 1 e 2");
        long before = poro.sequence();

        assertThat(session.run("EXEC")).isEqualTo("array 5, integer 2, integer 3, ok, integer 0, ok");

        assertThat(poro.sequence()).isEqualTo(before + 1);
        assertThat(poro.entry("a").sequence()).isEqualTo(before + 1);
        assertThat(poro.entry("e").sequence()).isEqualTo(before + 1);
    }

    @Test
    void leavesNoEventIfItOnlyReads() throws IOException {
        session.run("MSET a 1 b 2");
        long before = poro.sequence();

        session.run("MULTI");
        session.run("MGET a b");
        session.run("DBSIZE");
        session.run("DEL c");
        session.run("SET c 1 XX");
        assertThat(session.run("EXEC"))
                .isEqualTo("array 4, array 2, value '1', value '2', integer 2, integer 0, value absent");
        session.run("MGET a b c");
        session.run("EXISTS a b c");

        assertThat(poro.sequence()).isEqualTo(before);
    }

    @Test
    void rejectsWhatIsWrongAndDoesTheRest() throws IOException {
        session.run("SET text abc");
        session.run("MULTI");
        session.run("SET k v");
        session.run("INCR text");
        session.run("SET k w EX 0");
        session.run("SET j v");

        assertThat(session.run("EXEC"))
                .isEqualTo("array 4, ok, error value is not an integer or out of range,"
                        + " error invalid expire time in 'set' command, ok");
        assertThat(session.run("MGET k j")).isEqualTo("array 2, value 'v', value 'v'");
    }

    @Test
    @Tag("R36")
    void isRefusedOnReadOnlyContentsIfItWrites() throws IOException {
        session.run("SET k v");
        RecordedSession looking = readOnlySession();
        looking.run("WATCH k");
        looking.run("MULTI");
        assertThat(looking.run("GET k")).isEqualTo("status QUEUED");
        assertThat(looking.run("EXEC")).isEqualTo("array 1, value 'v'");
        looking.run("MULTI");
        assertThat(looking.run("SET k w")).startsWith("error SET is refused");
        assertThat(looking.run("EXEC")).startsWith("error EXECABORT");
    }

    @Test
    @Tag("R36")
    void readsReadOnlyContentsByEveryCommandThatReads() throws IOException {
        session.run("SET k v EX 100");
        session.run("SET n 1");
        RecordedSession looking = readOnlySession();

        assertThat(looking.run("MGET k n")).isEqualTo("array 2, value 'v', value '1'");
        assertThat(looking.run("TTL k")).isIn("integer 100", "integer 99");
        assertThat(looking.run("KEYS k")).isEqualTo("array 1, value 'k'");
        assertThat(looking.run("SCAN 0 MATCH n")).isEqualTo("array 2, value '0', array 1, value 'n'");
        assertThat(looking.run("EXISTS k n x")).isEqualTo("integer 2");
        assertThat(looking.run("STRLEN k")).isEqualTo("integer 1");
        assertThat(looking.run("TYPE k")).isEqualTo("status string");
        assertThat(looking.run("GETBIT n 2")).isEqualTo("integer 1");
        assertThat(looking.run("LCS k n")).isEqualTo("value ''");
        assertThat(looking.run("PORO.SEQ k")).isEqualTo("integer " + poro.sequenceOf(new byte[] {'k'}));
        assertThat(looking.run("PORO.DURABLE")).isEqualTo("integer " + poro.sequence());
        assertThat(looking.run("WAITAOF 1 0 0")).isEqualTo("array 2, integer 1, integer 0");
        assertThat(looking.run("LASTSAVE")).startsWith("integer ");
    }

    @Test
    @Tag("R36")
    void refusesEveryCommandThatWritesOnReadOnlyContents() throws IOException {
        RecordedSession looking = readOnlySession();

        for (String command : new String[] {
            "SET k v",
            "SETNX k v",
            "SETEX k 1 v",
            "PSETEX k 1 v",
            "GETSET k v",
            "GETDEL k",
            "GETEX k",
            "MSET k v",
            "MSETNX k v",
            "APPEND k v",
            "SETRANGE k 0 v",
            "INCR k",
            "DECR k",
            "INCRBY k 1",
            "DECRBY k 1",
            "INCRBYFLOAT k 1",
            "DEL k",
            "RENAME k j",
            "RENAMENX k j",
            "COPY k j",
            "FLUSHDB",
            "EXPIRE k 1",
            "PEXPIRE k 1",
            "EXPIREAT k 1",
            "PEXPIREAT k 1",
            "PERSIST k",
            "SETBIT k 0 1",
            "UNLINK k",
            "FLUSHALL",
            "SAVE",
            "BGSAVE",
            "SNAPSHOT"
        }) {
            assertThat(looking.run(command)).contains(" is refused: this session is read-only");
        }
    }
}
