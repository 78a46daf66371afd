package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterMembersTest {
    @Test
    void areReadFromText() {
        ClusterMembers members = ClusterMembers.parse("2=c:9000, 0=10.0.0.1:9000,1=[fd00::1]:9100");

        assertThat(members).hasToString("0=10.0.0.1:9000,1=[fd00::1]:9100,2=c:9000");
        assertThat(members.majority()).isEqualTo(2);
        assertThat(members.get(1)).isEqualTo(new ClusterMember(1, "fd00::1", 9_100));
        assertThat(members.ingressEndpoints()).isEqualTo("0=10.0.0.1:9000,1=[fd00::1]:9100,2=c:9000");
        assertThat(members.endpoints())
                .startsWith(
                        "0,10.0.0.1:9000,10.0.0.1:9001,10.0.0.1:9002,10.0.0.1:9003,10.0.0.1:9004|1,[fd00::1]:9100,");
        assertThat(members.get(2).anyPorts()).isEqualTo("9005 9009");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|NUMBER=HOST:PORT",
                "0=a|NUMBER=HOST:PORT",
                "a:9000|NUMBER=HOST:PORT",
                "x=a:9000|NUMBER=HOST:PORT",
                "0=a:x|NUMBER=HOST:PORT",
                "-1=a:9000|a number from 0 on",
                "0=:9000|a name or an address",
                "0=a b:9000|a name or an address",
                "0=a:0|between 1 and 65526",
                "0=a:65530|between 1 and 65526",
                "0=fd00::1:9000|in brackets",
                "0=a:9000,0=b:9000|two nodes have the number 0",
                "0=a:9000,1=a:9009|ports in common",
                "0=a:1,1=a:11,2=a:21,3=a:31,4=a:41,5=a:51,6=a:61,7=a:71,8=a:81,9=a:91|10 nodes"
            })
    void refuseWhatIsWrong(String text, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterMembers.parse(text))
                .withMessageContaining(reason);
    }

    @Test
    void areOnOneHostIfAllHaveItsName() {
        assertThat(ClusterMembers.parse("0=a:9000,1=a:9010,2=a:9020").areOnOneHost())
                .isTrue();
        assertThat(ClusterMembers.parse("0=a:9000,1=a:9010,2=b:9000").areOnOneHost())
                .isFalse();
    }

    @Test
    void knowWhoIsNotOneOfThem() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterMembers.parse("0=a:9000").get(1))
                .withMessageContaining("no node has the number 1");
    }
}
