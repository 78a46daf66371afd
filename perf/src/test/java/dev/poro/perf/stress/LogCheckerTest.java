package dev.poro.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.perf.stress.Script.Operation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the checker says of a log that was tampered with, and of one that was not. */
class LogCheckerTest {
    private static final int PRODUCERS = 3;
    private static final int EVENTS = 200;

    private final Workload workload =
            new Workload(12, PRODUCERS, 600, new Range(4, 40), new Range(8, 80), new Mix(50, 30, 20));
    private final List<Outcomes> outcomes =
            new ArrayList<>(Stream.generate(Outcomes::new).limit(PRODUCERS).toList());
    private final long[] published = {EVENTS, EVENTS, EVENTS};
    private List<Event> log;

    /** An event as it lies in the log, and whose it is. */
    private static final class Event {
        final int producer;
        final long number;
        final EventType type;
        final int key;
        final byte[] keyBytes;
        final byte[] value;

        Event(int producer, long number, EventType type, int key, byte[] keyBytes, byte[] value) {
            this.producer = producer;
            this.number = number;
            this.type = type;
            this.key = key;
            this.keyBytes = keyBytes;
            this.value = value;
        }

        @Override
        public String toString() {
            return type + " of key " + key;
        }
    }

    /** The producers' events, shuffled as threads would, with the outcomes that follow from that order. */
    @BeforeEach
    void writeLog() {
        log = new ArrayList<>();
        Random random = new Random(5);
        List<Script> scripts = IntStream.range(0, PRODUCERS)
                .mapToObj(producer -> new Script(workload, producer))
                .toList();
        Map<Integer, Event> store = new HashMap<>();
        while (log.size() < PRODUCERS * EVENTS) {
            int producer = random.nextInt(PRODUCERS);
            Script script = scripts.get(producer);
            if (script.number() < EVENTS) {
                script.nextEvent();
                Event event = eventOf(producer, script);
                log.add(event);
                Event before = event.type == EventType.SET ? store.put(event.key, event) : store.remove(event.key);
                outcomes.get(producer).tell(event.number, before != null);
            }
        }
    }

    private Event eventOf(int producer, Script script) {
        boolean isSet = script.operation() == Operation.SET;
        return new Event(
                producer,
                script.number(),
                isSet ? EventType.SET : EventType.DELETE,
                script.key(),
                workload.key(script.key()),
                isSet ? workload.value(script.key(), script.stamp()) : new byte[0]);
    }

    private LogChecker check() {
        LogChecker checker = new LogChecker(
                workload,
                IntStream.range(0, PRODUCERS)
                        .mapToObj(producer -> new LogChecker.Published(published[producer], outcomes.get(producer)))
                        .toList());
        for (int i = 0; i < log.size(); i++) {
            Event event = log.get(i);
            checker.onRecord(i + 1, event.type, event.keyBytes, event.value);
        }
        checker.onEnd();
        return checker;
    }

    private int placeOf(int producer, long number) {
        return IntStream.range(0, log.size())
                .filter(i -> log.get(i).producer == producer && log.get(i).number == number)
                .findFirst()
                .orElseThrow();
    }

    /** The number of an event of the producer, of the type, from {@code from} on. */
    private long numberOf(int producer, EventType type, long from) {
        return log.stream()
                .filter(event -> event.producer == producer && event.type == type && event.number >= from)
                .mapToLong(event -> event.number)
                .min()
                .orElseThrow();
    }

    @Test
    void findsNothingWrongWithALogThatIsWhole() {
        LogChecker checker = check();

        assertThat(checker.events().first()).isEmpty();
        assertThat(checker.outcomes().first()).isEmpty();
        assertThat(checker.outcomesCompared()).isEqualTo(PRODUCERS * EVENTS);
        assertThat(checker.lastSequence()).isEqualTo(PRODUCERS * EVENTS);
    }

    @Test
    void namesTheProducerAndTheNumberOfEveryMissingEvent() {
        List<Event> whole = List.copyOf(log);
        for (Event missing : whole) {
            log = new ArrayList<>(whole);
            log.remove(missing);

            List<String> problems = check().events().first();

            assertThat(problems).as(missing.toString()).isNotEmpty();
            assertThat(problems).anyMatch(problem -> names(problem, missing) && problem.contains("missing"));
        }
    }

    @Test
    void namesTheProducerAndTheNumberOfEveryDoubledEvent() {
        List<Event> whole = List.copyOf(log);
        for (int place = 0; place < whole.size(); place++) {
            Event doubled = whole.get(place);
            log = new ArrayList<>(whole);
            log.add(place + 1, doubled);

            List<String> problems = check().events().first();

            assertThat(problems).as(doubled.toString()).hasSize(1);
            assertThat(problems.get(0))
                    .matches(problem -> names(problem, doubled))
                    .contains("is doubled");
        }
    }

    @Test
    void noticesASetThatComesBackMuchLater() {
        Event event = log.get(placeOf(1, numberOf(1, EventType.SET, 10)));
        log.add(event);

        assertThat(check().events().first())
                .singleElement()
                .satisfies(
                        problem -> assertThat(problem).contains("event " + event.number + " of producer 1 is doubled"));
    }

    @Test
    void namesTheProducerAndTheNumbersOfSwappedEvents() {
        long first = numberOf(2, EventType.SET, 20);
        long second = numberOf(2, EventType.SET, first + 1);
        Collections.swap(log, placeOf(2, first), placeOf(2, second));

        List<String> problems = check().events().first();

        assertThat(problems.get(0))
                .contains("event " + first + " of producer 2 is missing")
                .contains("event " + second + " came in its place");
        assertThat(problems).anyMatch(problem -> problem.contains("event " + first + " of producer 2 is out of order"));
    }

    @Test
    void noticesADeleteThatComesTooEarly() {
        long delete = numberOf(0, EventType.DELETE, 30);
        while (log.get(placeOf(0, delete - 1)).type == EventType.DELETE) {
            delete = numberOf(0, EventType.DELETE, delete + 1);
        }
        Event set = log.get(placeOf(0, delete - 1));
        Collections.swap(log, placeOf(0, delete), placeOf(0, delete - 1));

        assertThat(check().events().first().get(0))
                .contains("a DELETE of key ")
                .contains("came where event " + set.number + " of producer 0 was due, a SET of key " + set.key);
    }

    @Test
    void noticesThatTheEndIsMissing() {
        Event last = log.get(placeOf(1, EVENTS));
        log.remove(last);

        assertThat(check().events().first())
                .containsExactly(
                        "events " + EVENTS + " to " + EVENTS + " of producer 1 are missing at the end of the log");
    }

    @Test
    void noticesAnEventBehindTheLastOfItsProducer() {
        Script script = new Script(workload, 0);
        do {
            script.nextEvent();
        } while (script.number() <= EVENTS || script.operation() != Operation.SET);
        log.add(eventOf(0, script));

        assertThat(check().events().first())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("foreign: event " + script.number() + " of producer 0, which published " + EVENTS));
    }

    @Test
    void noticesADeleteBehindTheLastOfItsProducer() {
        long delete = numberOf(0, EventType.DELETE, 100);
        published[0] = delete - 1;
        log.removeIf(event -> event.producer == 0 && event.number > delete);

        assertThat(check().events().first())
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("where event " + delete + " of producer 0 was due"));
    }

    @Test
    void noticesForeignKeysAndValues() {
        byte[] value = log.get(placeOf(0, numberOf(0, EventType.SET, 1))).value;
        byte[] otherKey = workload.key(7);
        otherKey[otherKey.length - 1]++;
        log.add(new Event(0, 0, EventType.SET, 0, "foreign".getBytes(StandardCharsets.US_ASCII), value));
        log.add(new Event(0, 0, EventType.DELETE, 0, otherKey, new byte[0]));
        log.add(new Event(0, 0, EventType.SET, 0, workload.key(7), new byte[5]));
        log.add(new Event(0, 0, EventType.SET, 0, workload.key(7), new byte[50]));

        assertThat(check().events().first()).hasSize(4).allMatch(problem -> problem.contains("foreign"));
    }

    @Test
    void noticesEveryChangedByteOfAValue() {
        int place = placeOf(1, numberOf(1, EventType.SET, 40));
        Event event = log.get(place);
        for (int i = 0; i < event.value.length; i++) {
            byte[] changed = event.value.clone();
            changed[i] ^= 4;
            log.set(place, new Event(1, event.number, EventType.SET, event.key, event.keyBytes, changed));

            assertThat(check().events().none()).as("byte " + i).isFalse();
        }
    }

    @Test
    void noticesAValueUnderAnotherKey() {
        int place = placeOf(1, numberOf(1, EventType.SET, 40));
        Event event = log.get(place);
        int other = (event.key + 1) % workload.keys();
        byte[] value = workload.value(other, Workload.stamp(1, event.number));
        log.set(place, new Event(1, event.number, EventType.SET, other, workload.key(other), value));

        assertThat(check().events().first())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("event " + event.number + " of producer 1 is a SET of key " + other)
                        .contains("it published a SET of key " + event.key));
    }

    @Test
    void noticesAGapInTheSequences() {
        LogChecker checker = new LogChecker(
                workload,
                outcomes.stream().map(told -> new LogChecker.Published(0, told)).toList());
        checker.onRecord(1, EventType.MEMORY_BUDGET, new byte[0], new byte[8]);
        checker.onRecord(3, EventType.CLEAN_CLOSE, new byte[0], new byte[24]);
        checker.onEnd();

        assertThat(checker.events().first()).containsExactly("sequence 3 follows sequence 1");
    }

    @Test
    void noticesAnOutcomeThatTheOrderOfTheLogContradicts() {
        Event event = log.get(PRODUCERS * EVENTS / 2);
        boolean existed = outcomes.get(event.producer).of(event.number) == Outcomes.Told.EXISTED;
        Outcomes opposite = new Outcomes();
        opposite.tell(event.number, !existed);
        outcomes.set(event.producer, opposite);

        LogChecker checker = check();

        assertThat(checker.events().none()).isTrue();
        assertThat(checker.outcomes().first())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .startsWith("event " + event.number + " of producer " + event.producer
                                + ": it was told that key " + event.key + " was " + (existed ? "absent" : "there")));
    }

    private static boolean names(String problem, Event event) {
        return problem.contains("of producer " + event.producer)
                && (problem.contains("event " + event.number + " ")
                        || problem.contains("events " + event.number + " to "));
    }
}
