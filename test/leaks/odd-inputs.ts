/** Inputs that no browser sends, for every place of a request where a guest can put something. */

const deep = (levels: number, open = "[", close = "]"): string => open.repeat(levels) + close.repeat(levels);

/** Whole bodies, as they go over the wire. */
export const bodies: Readonly<Record<string, string>> = {
  nothing: "",
  "a broken object": "{",
  "a text": '"str"',
  "a number": "1",
  null: "null",
  "a list": "[]",
  "a list of lists": "[[[]]]",
  "an empty object": "{}",
  "an object of odd members": '{"value":{},"queries":{},"form_data":[],"datasource":1}',
  "an empty text as state": '{"value":""}',
  "a broken state": '{"value":"{"}',
  "a deep state": JSON.stringify({ value: deep(7_000) }),
  "a state of 100,000 characters": JSON.stringify({ value: JSON.stringify("x".repeat(100_000)) }),
  "a state with half a surrogate pair": '{"value":"\\"\\ud800\\""}',
  "a state with a zero character": '{"value":"\\"\\u0000\\""}',
  "a deep body": deep(30_000),
  "deep objects": `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
  "a number of 5,000 digits": "1".repeat(5_000),
  "numbers that are none": '{"a":NaN,"b":-Infinity,"c":1e999}',
  "100,000 entries": `[${"0,".repeat(100_000)}0]`,
  "bytes that are no text": "\u0000\u0001\u00ff",
  "a member twice": '{"value":"{}","value":"{"}',
};

/** The bodies that are sent with other content types too. */
export const twisted: Readonly<Record<string, true>> = {
  nothing: true,
  "a broken object": true,
  "an empty text as state": true,
};

export const contentTypes = [
  "application/json",
  "application/json; charset=utf-16",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain",
  "not a type",
] as const;

/** Query strings, without their question mark. */
export const queryStrings: Readonly<Record<string, string>> = {
  "an empty q": "q=",
  "an object of another shape": "q=(a:1)",
  "a list of numbers": "q=!(1,2)",
  "one column": "q=(columns:!(id))",
  "columns that are no list": "q=(columns:id)",
  "5,000 columns": `q=(columns:!(${"id,".repeat(1_200)}id))`,
  "broken rison": "q=!(",
  "rison of numbers alone": "q=-",
  "deep rison": `q=${"!(".repeat(1_500)}`,
  "deep brackets": `q=${"(a:".repeat(1_000)}`,
  "JSON instead of rison": 'q={"a":[1]}',
  "a time range that is none": "q='2024-99-99 : x'",
  "a time range far away": "q='DATEADD(DATETIME(!'9999-01-01!'),9999999,year) : now'",
  "a broken shift": "q=!((timeRange:'Last week',shift:'99999999999 years'))",
  "a zero character": "q='%00'",
  "half a character": "q=%ff%fe",
  "form data": "form_data={&slice_id=x",
  "odd numbers": "dashboard_id=99999999999999999999999&slice_id=-1&page=NaN",
  "a tab of 5,000 characters": `tab_id=${"x".repeat(5_000)}`,
  "the same name often": "q=!n&".repeat(200),
  "an explosion": "explode=events&events=[[[",
};

export const headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a broken Referer": { referer: "http://[" },
  "a Referer with a port that is none": { referer: "http://x:port/" },
  "a broken Origin": { origin: "http://[" },
  "no language": { "accept-language": "*;q=x,,;" },
  "a long language": { "accept-language": "en,".repeat(1_000) },
  "a broken range": { range: "bytes=9-1,x" },
  "a broken condition": { "if-none-match": '"', "if-modified-since": "yesterday" },
  "a cookie that is none": { cookie: "session=; session=\u00ff; =;;" },
  "a broken Authorization": { authorization: "Basic !!!" },
  "a broken token of forms": { "x-csrftoken": "\u00ff" },
  "another encoding": { "accept-encoding": "br;q=x", "content-encoding": "gzip" },
  "HTML, please": { accept: "text/html" },
};

/** Values of a filter, as JSON text. */
export const values: readonly string[] = [
  '[1,"x"]',
  "true",
  "[true]",
  "1".repeat(41),
  `[${"9".repeat(41)}]`,
  "-1e308",
  "9223372036854775807",
  "-9223372036854775809",
  "253402300800000",
  "0.1",
  "null",
  "[null]",
  "[]",
  "{}",
  "[{}]",
  "[[1]]",
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"now"',
  '"<NULL>"',
  '"%"',
  '"it\'s; --"',
  '"2024-02-30"',
  '"NaN"',
  `"${"x".repeat(501)}"`,
  `[${'"x",'.repeat(1_100)}"x"]`,
];

export const operators = [
  "==",
  "!=",
  ">",
  "<=",
  "IN",
  "NOT IN",
  "ILIKE",
  "LIKE",
  "IS NULL",
  "TEMPORAL_RANGE",
  "REGEX",
  "",
];
