package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.SourceText;
import io.gantry.image.build.syntax.Directives.Directive;
import java.util.regex.Pattern;

/** Which frontends the built-in one serves: Docker's own, whatever their version. */
final class Frontend {

    private static final Pattern SERVED =
            Pattern.compile(
                    "(?:(?:index\\.)?docker\\.io/)?docker/dockerfile(?:-upstream)?"
                            + "(?::[\\w.-]++)?(?:@[a-z0-9]++:[a-f0-9]++)?|dockerfile\\.v0");

    private Frontend() {}

    /**
     * @throws DockerfileException when another one would have to be fetched
     */
    static void check(Directive syntax, SourceText source) {
        if (!SERVED.matcher(syntax.firstWord()).matches()) {
            throw new DockerfileException(
                            "unsupported syntax \""
                                    + syntax.firstWord()
                                    + "\": the built-in frontend serves docker/dockerfile only")
                    .at(syntax.place(), source);
        }
    }
}
