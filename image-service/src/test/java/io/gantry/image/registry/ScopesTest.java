package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "repository:a:pull||repository:a:pull",
                "repository:a:pull|repository:a:pull|repository:a:pull",
                "repository:a:pull,push|repository:a:pull|repository:a:pull,push",
                "repository:a:pull|repository:a:push,pull|repository:a:pull,push",
                "repository:a:pull,push repository:b:pull|repository:a:pull"
                        + "|repository:a:pull,push repository:b:pull",
                "repository:a:pull|repository:a:pull repository:b:pull"
                        + "|repository:a:pull repository:b:pull",
                "repository:a:pull|repository:cache/a:pull|repository:cache/a:pull",
                "repository:h:5/a:pull|repository:h:5/a:delete|repository:h:5/a:delete,pull"
            })
    void whatIsNeededAndWhatIsAskedForAreOne(String own, String asked, String joined) {
        assertThat(Scopes.joined(own, asked == null ? "" : asked)).isEqualTo(joined);
    }
}
