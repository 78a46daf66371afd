package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.perf.Keys;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClientTest {
    private static final Shape SHAPE = new Shape(100, 16, 16);
    private static final long BRIEFLY = TimeUnit.MILLISECONDS.toNanos(2);

    private final Engine engine = new HashMapEngine(Path.of(""), new EngineSettings(Durability.OS, SHAPE));
    private final Engine.Session session = engine.newSession();

    @ParameterizedTest
    @EnumSource(Workload.class)
    void leavesEveryKeyWhereItWas(Workload workload) {
        load();
        Client client = workload.newClient(session, SHAPE, 1, 3);
        Histogram latencies = new Histogram(3);

        assertThat(client.run(BRIEFLY)).isPositive();
        client.sample(BRIEFLY, latencies);

        assertThat(latencies.getTotalCount()).isPositive();
        assertThat(engine.keys()).isEqualTo(SHAPE.keys());
    }

    @Test
    void deletesEveryKeyOfItsThreadOnce() {
        load();
        Client client = new DeleteClient(session, SHAPE, 1, 3);
        int deleted = 0;
        while (!client.isExhausted()) {
            client.step();
            deleted++;
            assertThat(engine.keys()).isEqualTo(SHAPE.keys() - deleted);
        }
        assertThat(deleted).isEqualTo(33);
    }

    @Test
    void noticesAValueThatIsNotTheKeys() {
        load();
        Keys keys = new Keys(SHAPE.keys(), SHAPE.keyLength());
        for (int i = 0; i < SHAPE.keys(); i++) {
            session.put(keys.key(i), new byte[SHAPE.valueLength()]);
        }
        Client client = new GetClient(session, SHAPE, 0);

        assertThatThrownBy(() -> client.run(BRIEFLY)).isInstanceOf(IllegalStateException.class);
    }

    private void load() {
        Keys keys = new Keys(SHAPE.keys(), SHAPE.keyLength());
        byte[] value = new byte[SHAPE.valueLength()];
        for (int i = 0; i < SHAPE.keys(); i++) {
            byte[] key = keys.key(i);
            Keys.putId(value, keys.id());
            session.put(key, value);
        }
    }
}
