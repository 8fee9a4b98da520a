import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const mock = 'http://127.0.0.1:8090';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    // The receiver's content security policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style sheet, small and here before anything is drawn: a view that comes later finds its styles.
    cssCodeSplit: false,
    manifest: true,
    rollupOptions: { output: { experimentalMinChunkSize: 16_000 } },
  },
  server: {
    proxy: {
      '/api': mock,
      '/mock': mock,
      '/ws': { target: mock, ws: true },
    },
  },
});
