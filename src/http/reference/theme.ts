/** Removes elements without use here, and gives text more room and contrast. */
const css = `
.swagger-ui .topbar,
.swagger-ui .info hgroup > a,
.swagger-ui .info .link,
.swagger-ui .response-col_links,
.swagger-ui .response-control-media-type__accept-message { display: none; }
.swagger-ui .info { margin: 32px 0 16px; }
.swagger-ui .scheme-container { padding: 16px 0; }
.swagger-ui .opblock .opblock-summary-description { color: #3b4151; font-size: 14px; }
.swagger-ui .opblock-tag small { color: #3b4151; }
.swagger-ui .info code, .swagger-ui .markdown code { color: #1f2937; }
`;

/** The style of the reference page, in addition to the library's. */
export const theme = {
	title: "Orchestrator API",
	css: [{ filename: "orchestrator.css", content: css }],
};
