import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

const ours = [
  "bin",
  "config",
  "lib",
  "charts",
  "runtime",
  "embed",
  "verify",
  "cli",
  "local",
  "content",
  "examples",
  "test",
];
const subjects = [
  "network",
  "cluster",
  "addons",
  "data",
  "identity",
  "audit",
  "backup",
  "edge",
  "workload",
  "tenant",
  "observability",
];

/** Folders at the top that a file of `folder` may import; itself is always allowed. */
const mayImport = {
  bin: ["config", "lib"],
  config: ["lib"],
  charts: ["contract"],
  runtime: ["contract"],
  embed: ["contract", "runtime"],
  verify: [],
  contract: [],
  cli: ["charts", "contract", "content", "runtime", "verify", "lib"],
  local: ["config", "contract", "content", "lib", "runtime"],
  content: ["contract"],
  examples: [],
};
const withoutCdk = ["charts", "runtime", "embed", "cli", "verify", "contract", "local", "examples"];

function restrict(folder) {
  const forbidden = [...ours, "contract"].filter((other) => other !== folder && !mayImport[folder].includes(other));
  const patterns = [
    // A folder's own subfolder may be called like a folder at the top (runtime/adapters/local), so two levels decide.
    {
      regex: `^(\\.\\./){1,4}(${forbidden.join("|")})/(?!\\.)`,
      message: `${folder} may import ${mayImport[folder].join(", ") || "nothing of ours"}: see ARCHITECTURE.md, "Who may import whom".`,
    },
  ];
  if (withoutCdk.includes(folder)) {
    patterns.push({
      regex: "^(aws-cdk-lib|constructs-cdk|cdk-nag)(/|$)",
      message: `${folder} knows nothing of AWS CDK: hand it plain values or an interface.`,
    });
  }
  return {
    files: [`${folder}/**/*.ts`],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
  };
}

function restrictSubject(subject) {
  const others = subjects.filter((other) => other !== subject);
  const charts = ["addons", "workload", "tenant"].includes(subject) ? [] : ["charts"];
  const top = [...charts, "bin", "runtime", "cli", "local", "verify", "examples", "test"];
  return {
    files: [`lib/${subject}/**/*.ts`],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(\\.\\./){1,3}(${others.join("|")})/|^(\\.\\./){2,4}(${top.join("|")})/`,
              message: `lib/${subject} never imports another subject: hand it an interface from lib/platform.ts.`,
            },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  {
    ignores: [
      "node_modules/",
      ".homeroom/",
      "cdk.out/",
      "dist/",
      "**/golden/",
      "**/*.js",
      "**/*.mjs",
      "examples/**/public/**",
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ["error", "always"],
      "no-console": "off",
      "prefer-const": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/require-await": "off",
    },
  },
  ...Object.keys(mayImport).map(restrict),
  ...subjects.map(restrictSubject),
);
