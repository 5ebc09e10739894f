import js from '@eslint/js';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { noImportCircles } from './scripts/importCircles.mjs';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'runs/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.mjs', 'bin/*.js', 'scripts/*.mjs'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['src/**'], rules: { 'max-len': ['error', { code: 120 }] } },
  // What does not fit on a screen has steps that want names.
  {
    files: ['src/**'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false, IIFEs: true }] },
  },
  // Types count, which the kept rules for this leave out.
  {
    files: ['src/**'],
    plugins: { own: { rules: { 'import-circles': noImportCircles(fileURLToPath(new URL('src/', import.meta.url))) } } },
    rules: { 'own/import-circles': 'error' },
  },
  // Texts of reports: markup is white space where it is broken.
  {
    files: ['src/report/**', 'src/experiments/**'],
    rules: { 'max-len': ['error', { code: 120, ignoreTemplateLiterals: true, ignoreStrings: true }] },
  },
  {
    files: ['**/*.test.ts'],
    rules: {
      // node:test's describe() and it() return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: ['describe', 'it', 'test'], package: 'node:test' }] }],
    },
  },
  {
    files: ['scripts/**', 'bin/**', 'bench/**', 'examples/**', '*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    rules: { 'no-console': 'off', '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  { files: ['**/*.mjs', 'bin/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
