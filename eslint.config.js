import eslint from "@eslint/js";
import { tsImport } from "tsx/esm/api";
import tseslint from "typescript-eslint";

const { importRule } = await tsImport("./lint/import-rule.ts", import.meta.url);

export default tseslint.config(
  {
    ignores: [
      "node_modules/",
      ".homeroom-test/",
      ".homeroom/",
      "cdk.out/",
      "**/dist/",
      "**/golden/",
      "**/*.js",
      "**/*.mjs",
      "examples/**/public/**",
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    // The project service costs a third more time, which only editors need.
    languageOptions: {
      parserOptions: {
        project: ["tsconfig.json", "embed/browser/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: ["error", "always"],
      "no-console": "off",
      "no-restricted-properties": [
        "error",
        { property: "parentPath", message: "Node 20.11 has none; tests use test/support/files-below.ts." },
      ],
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
  {
    files: ["**/*.ts"],
    ignores: ["lint/**", "test/**"],
    plugins: { homeroom: { rules: { imports: importRule } } },
    rules: { "homeroom/imports": "error", "max-lines-per-function": ["error", { max: 90 }] },
  },
);
