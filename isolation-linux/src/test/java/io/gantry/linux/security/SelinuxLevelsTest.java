package io.gantry.linux.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SelinuxLevelsTest {

    /** Gives these numbers, one after the other, over and over. */
    private static RandomGenerator giving(int... numbers) {
        return new RandomGenerator() {
            private int next;

            @Override
            public long nextLong() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int nextInt(int bound) {
                int number = numbers[next++ % numbers.length];
                assertThat(number).isLessThan(bound);
                return number;
            }
        };
    }

    @Test
    void twoCategoriesAreNeverTheSameAndTheSmallerComesFirst() {
        assertThat(new SelinuxLevels(giving(0, 0)).any()).isEqualTo("s0:c0,c1");
        assertThat(new SelinuxLevels(giving(7, 3)).any()).isEqualTo("s0:c3,c7");
        assertThat(new SelinuxLevels(giving(7, 7)).any()).isEqualTo("s0:c7,c8");
        assertThat(new SelinuxLevels(giving(1021, 1020)).any()).isEqualTo("s0:c1020,c1021");
        assertThat(new SelinuxLevels(giving(1021, 0)).any()).isEqualTo("s0:c0,c1021");
    }

    @Test
    void everyPairIsReachedAsOftenAsTheOthers() {
        Set<String> pairs = new HashSet<>();
        for (int one = 0; one < 20; one++) {
            for (int other = 0; other < 20; other++) {
                pairs.add(new SelinuxLevels(giving(one, other)).any());
            }
        }
        // Each of 20 with each of the 20 others that are nearest, in either order.
        assertThat(pairs).hasSize(20 * 21 / 2);
    }

    @Test
    void levelsThatMeanTheSameAreSpeltTheSame() {
        assertThat(SelinuxLevels.plain("s0:c2,c1")).isEqualTo("s0:c1,c2");
        assertThat(SelinuxLevels.plain("s0:c7,c1.c3,c2")).isEqualTo("s0:c1,c2,c3,c7");
        assertThat(SelinuxLevels.plain("s0:c1,c2-s0:c2,c1")).isEqualTo("s0:c1,c2");
        assertThat(SelinuxLevels.plain("s0-s0:c5.c6")).isEqualTo("s0-s0:c5,c6");
        assertThat(SelinuxLevels.plain("s0")).isEqualTo("s0");
    }

    @Test
    void whatIsNoLevelStaysAsItIs() {
        for (String none : List.of("", "SystemLow", "s0:", "s0:c3.c1", "s0:c1,", "s0:c12345")) {
            assertThat(SelinuxLevels.plain(none)).isEqualTo(none);
        }
    }
}
