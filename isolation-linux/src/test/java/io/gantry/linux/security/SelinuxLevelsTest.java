package io.gantry.linux.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
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
}
