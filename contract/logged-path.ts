/**
 * nginx's `map` for the path that an access log may hold, in `$logged`. `$uri` is decoded, so a `?` or a whole token that
 * a product escapes stands in it: the path ends before the first `?` and before what begins as a JWT does.
 */
export const loggedPath = String.raw`map $uri $logged {
  default $uri;
  "~^(?<path_alone>[\s\S]*?)([?]|eyJ)" $path_alone;
}`;
